using ActorHttp.Files.Settings;
using ActorHttp.Messages;
using ActorHttp.Routing;

namespace ActorHttp.Files.Writing;

/// <summary>
/// The methods that a path allows when the server accepts writes. The methods depend only on the kind of target: an upload
/// resource (<c>?upload=ID</c>), a folder (with a slash at the end), or a file.
/// </summary>
internal sealed class FileMethods(FileSettings settings) : IRouteRule
{
    private const string OfUploads = "GET, HEAD, PATCH, DELETE, OPTIONS";
    private const string OfFolders = "GET, HEAD, POST, DELETE, OPTIONS";
    private const string OfFiles = "GET, HEAD, POST, PUT, DELETE, OPTIONS";

    private readonly HttpHeaders _ofUploads = HttpHeaders.Of(
        ("Accept-Patch", UploadResource.PartialUpload), ("Upload-Limit", UploadResource.Limit(settings)));

    public bool Serves(RequestMethod method, ReadOnlySpan<char> parameter, string? query) => method.Name switch
    {
        "PATCH" => IsUpload(query),
        "POST" => !IsUpload(query),
        "PUT" => !IsUpload(query) && !IsFolder(parameter),
        _ => true,
    };

    /// <summary>
    /// Returns the header fields of an OPTIONS answer in addition to Allow. Accept-Patch means that an upload to this path can be
    /// resumed (draft-ietf-httpbis-resumable-upload §4.1.4). So the path of a file has Accept-Patch too, although a client sends
    /// PATCH to the upload resource only.
    /// </summary>
    public HttpHeaders OptionsOf(ReadOnlySpan<char> parameter, string? query) =>
        !IsUpload(query) && IsFolder(parameter) ? HttpHeaders.Empty : _ofUploads;

    /// <summary>
    /// Returns the answer 405 with the methods that the target allows. The router sends the same answer for requests that it
    /// refuses itself.
    /// </summary>
    public static HttpResponse Refusal(HttpRequest request)
    {
        var allow = IsUpload(request.Target.Query) ? OfUploads : IsFolder(request.RouteParameter) ? OfFolders : OfFiles;
        return HttpResponse
            .Error(request.Exchange, 405, $"The method {request.Method} is not allowed here; allowed are {allow}.")
            .With("Allow", allow);
    }

    private static bool IsUpload(string? query) => UploadResource.IsNamedBy(query, out _);

    private static bool IsFolder(ReadOnlySpan<char> parameter) =>
        parameter.IsEmpty || parameter.EndsWith('/') || parameter.EndsWith("%2F", StringComparison.OrdinalIgnoreCase);
}
