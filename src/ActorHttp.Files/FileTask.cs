using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using ActorHttp.Files.Writing;
using ActorHttp.Messages;
using ActorHttp.Semantics;

namespace ActorHttp.Files;

/// <summary>The kinds of work that a request can ask of the file server.</summary>
internal enum FileTaskKind
{
    /// <summary>Nothing is done: <see cref="FileTask.Refusal"/> is the answer.</summary>
    Refused,

    /// <summary>Reads a file, or lists a folder.</summary>
    Read,

    /// <summary>Writes a file, or works on an upload resource. The writer of the place does it.</summary>
    Write,

    /// <summary>Removes a file or a folder. The writer of the place does it.</summary>
    Remove,

    /// <summary>Stores the files of a form in a folder.</summary>
    StoreForm,
}

/// <summary>
/// What a request asks of the file server, by its method, its target and its header fields alone. Only this type decides between
/// reading and writing, and which names may be used. It does not look at the disk.
/// </summary>
/// <param name="Kind">The kind of work.</param>
/// <param name="Path">The path; null when it cannot be read.</param>
/// <param name="Refusal">The answer to a request that is refused; null for other kinds.</param>
internal readonly record struct FileTask(FileTaskKind Kind, FilePath? Path, HttpResponse? Refusal = null)
{
    /// <summary>Decides what a request asks for.</summary>
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

        // A name that ends in a slash is the name of a folder.
        if (path.IsDirectory && OfFolder(request, path, isUpload) is { } decided)
            return decided;

        // A file whose name is not UTF-8 can be read and removed when it is there. A new one would be a burden for other programs.
        if (request.Method == RequestMethod.Delete)
            return new FileTask(isUpload ? FileTaskKind.Write : FileTaskKind.Remove, path);
        return WriteRules.IsText(path) ? new FileTask(FileTaskKind.Write, path) : Refuse(request, 400, WriteRules.NotText);
    }

    // Null for DELETE, which works on folders as on files.
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
