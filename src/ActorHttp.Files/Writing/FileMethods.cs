using ActorHttp.Files.Settings;
using ActorHttp.Messages;
using ActorHttp.Routing;

namespace ActorHttp.Files.Writing;

/// <summary>
/// The methods of a path where files can be written. They depend on the form of the target alone: an upload resource (<c>?upload=ID</c>),
/// the name of a folder (with a slash at its end), or any other name.
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
    /// The fields beside Allow. Accept-Patch says that an upload that begins at the path can be resumed
    /// (draft-ietf-httpbis-resumable-upload §4.1.4). So the path of a file has it too, although PATCH goes to the upload resource only.
    /// </summary>
    public HttpHeaders OptionsOf(ReadOnlySpan<char> parameter, string? query) =>
        !IsUpload(query) && IsFolder(parameter) ? HttpHeaders.Empty : _ofUploads;

    /// <summary>The answer 405, with the methods of the target. Requests that come by the router get the same answer from it.</summary>
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
