using ActorHttp.Files.Settings;
using ActorHttp.Messages;
using ActorHttp.Routing;

namespace ActorHttp.Files.Writing;

/// <summary>
/// Which methods a path below /files has where files can be written. It goes by the form of the target alone: an upload
/// resource (<c>?upload=ID</c>), a folder's name (with a slash at its end), or any other name.
/// </summary>
internal sealed class FileMethods(FileSettings settings) : IRouteRule
{
    private const string OfUploads = "GET, HEAD, PATCH, DELETE, OPTIONS";
    private const string OfFolders = "GET, HEAD, POST, DELETE, OPTIONS";
    private const string OfFiles = "GET, HEAD, POST, PUT, DELETE, OPTIONS";

    private readonly HttpHeaders _ofUploads = HttpHeaders.Of(("Accept-Patch", UploadResource.PartialUpload), ("Upload-Limit", UploadResource.Limit(settings)));

    public bool Serves(RequestMethod method, ReadOnlySpan<char> parameter, string? query) => method.Name switch
    {
        "PATCH" => IsUpload(query),
        "POST" => !IsUpload(query),
        "PUT" => !IsUpload(query) && !IsFolder(parameter),
        _ => true,
    };

    /// <summary>
    /// draft-ietf-httpbis-resumable-upload §4.1.4: Accept-Patch is how a resource says that an upload which begins there can be
    /// resumed. So a file's own path has it too, though PATCH goes to the upload resource only.
    /// </summary>
    public HttpHeaders OptionsOf(ReadOnlySpan<char> parameter, string? query) =>
        !IsUpload(query) && IsFolder(parameter) ? HttpHeaders.Empty : _ofUploads;

    /// <summary>405, with what the target does have. The router says it first; this is for requests that do not come by it.</summary>
    public static HttpResponse Refusal(HttpRequest request)
    {
        var allow = IsUpload(request.Target.Query) ? OfUploads : IsFolder(request.RouteParameter) ? OfFolders : OfFiles;
        return HttpResponse.Error(request.Exchange, 405, $"The method {request.Method} is not allowed here; allowed are {allow}.").With("Allow", allow);
    }

    private static bool IsUpload(string? query) => UploadResource.IsNamedBy(query, out _);

    private static bool IsFolder(ReadOnlySpan<char> parameter) =>
        parameter.IsEmpty || parameter.EndsWith('/') || parameter.EndsWith("%2F", StringComparison.OrdinalIgnoreCase);
}
