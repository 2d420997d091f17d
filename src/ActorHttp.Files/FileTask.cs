using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using ActorHttp.Files.Writing;
using ActorHttp.Messages;
using ActorHttp.Semantics;

namespace ActorHttp.Files;

/// <summary>The kinds of work that a request can ask of the file server.</summary>
internal enum FileTaskKind
{
    /// <summary>The request is refused with the answer <see cref="FileTask.Refusal"/>.</summary>
    Refused,

    /// <summary>Reads a file, or lists a folder.</summary>
    Read,

    /// <summary>Writes a file, or handles a request for an upload resource. The writer actor of the file does the work.</summary>
    Write,

    /// <summary>Removes a file or a folder. The writer actor of the file does the work.</summary>
    Remove,

    /// <summary>Stores the files of a form in a folder.</summary>
    StoreForm,
}

/// <summary>
/// The work that a request asks for. The decision uses only the method, the target and the header fields of the request, and
/// never the disk. Only this type decides whether a request is a read or a write, and which names a request may use.
/// </summary>
/// <param name="Kind">The kind of work.</param>
/// <param name="Path">The parsed path; null when the path is not valid.</param>
/// <param name="Refusal">The answer to a request that is refused; null for other kinds.</param>
internal readonly record struct FileTask(FileTaskKind Kind, FilePath? Path, HttpResponse? Refusal = null)
{
    /// <summary>Returns the work that a request asks for.</summary>
    public static FileTask Of(HttpRequest request, FileSettings settings)
    {
        var isSafe = request.Method == RequestMethod.Get || request.Method == RequestMethod.Head;
        if (!isSafe && CrossSite.RefusalOf(request) is { } crossSite)
            return new FileTask(FileTaskKind.Refused, null, crossSite);
        if (FilePath.Parse(request.RouteParameter, out var fault) is not { } path)
            return Refuse(request, 400, fault);
        var isUpload = UploadResource.IdOf(request) is not null;
        if (isSafe && !isUpload)
            return settings.Serves(path) ? new FileTask(FileTaskKind.Read, path) : Refuse(request, 404, "There is no such file.");
        if (!settings.Serves(path))
            return Refuse(request, 403, WriteRules.HiddenName);

        // A path with a slash at the end is the path of a folder.
        if (path.IsDirectory && OfFolder(request, path, isUpload) is { } decided)
            return decided;

        // DELETE is allowed for an existing file whose name is not UTF-8. Other writes are refused, because many programs cannot
        // use such a name.
        if (request.Method == RequestMethod.Delete)
            return new FileTask(isUpload ? FileTaskKind.Write : FileTaskKind.Remove, path);
        return WriteRules.IsText(path) ? new FileTask(FileTaskKind.Write, path) : Refuse(request, 400, WriteRules.NotText);
    }

    // Returns the decision for a request to a folder. Returns null for DELETE, which is handled like the DELETE of a file.
    private static FileTask? OfFolder(HttpRequest request, FilePath folder, bool isUpload)
    {
        if (isUpload)
            return Refuse(request, 404, "There is no such upload; uploads are of files, and this is the name of a folder.");
        if (request.Method == RequestMethod.Delete)
            return null;
        if (request.Method != RequestMethod.Post)
            return new FileTask(FileTaskKind.Refused, folder, FileMethods.Refusal(request));
        return MultipartForm.IsForm(request.Headers["Content-Type"])
            ? new FileTask(FileTaskKind.StoreForm, folder)
            : Refuse(request, 415, "Send files to a folder as a form (curl -F file=@NAME), or send one to its own name (curl -T NAME).");
    }

    private static FileTask Refuse(HttpRequest request, int status, string reason) =>
        new(FileTaskKind.Refused, null, HttpResponse.Error(request.Exchange, status, reason));
}
