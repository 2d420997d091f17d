using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using ActorHttp.Files.Writing;
using ActorHttp.Hosting;
using ActorHttp.Messages;
using ActorHttp.Routing;

namespace ActorHttp.Files;

/// <summary>Adds the file server to a server (docs/files.md).</summary>
public static class ActorHttpFiles
{
    /// <summary>
    /// Serves the files of a directory below a path: GET, HEAD, POST, PUT, PATCH and DELETE. The settings are those of the
    /// section <c>actor-http.files</c>; hocon/files.conf has their defaults.
    /// </summary>
    /// <param name="http">The server that is being built.</param>
    /// <param name="path">The path, such as <c>/files</c>.</param>
    /// <param name="directory">
    /// The directory; it must exist. For an empty name the server serves no files and answers 404 to every request.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The directory does not exist, is a file, or this process may not read the directory.
    /// </exception>
    /// <exception cref="Akka.Configuration.ConfigurationException">
    /// The server cannot use a setting; the message names the setting.
    /// </exception>
    public static ActorHttpBuilder Files(this ActorHttpBuilder http, string path, string directory)
    {
        if (directory.Length > 0 && ServedFolder.Fault(directory, "the file handler") is { } fault)
            throw new ArgumentException(fault);
        var settings = FileSettings.From(http.WithDefaults(FileSettings.Defaults).Configuration);
        RequestMethod[] methods = settings.IsReadOnly
            ? [RequestMethod.Get]
            : [RequestMethod.Get, RequestMethod.Post, RequestMethod.Put, RequestMethod.Patch, RequestMethod.Delete];
        var mount = path.TrimEnd('/');
        var rule = settings.IsReadOnly ? null : new FileMethods(settings);
        List<RouteDefinition> routes = [new(mount + "/{path}", methods, settings.BodySize, rule)];

        // Redirects the path without the final slash to the folder.
        if (mount.Length > 0)
            routes.Add(new RouteDefinition(mount, [RequestMethod.Get], settings.BodySize));
        http.Add(CachedFilesActor.Definition(ActorHttpBuilder.NameOf(path), directory, settings, http.Coding, routes));
        return http;
    }
}
