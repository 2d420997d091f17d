namespace ActorHttp.Protocol.Http1;

/// <summary>
/// The limits of <see cref="RequestReader"/>. All sizes are in bytes. hocon/reference.conf has the defaults and their reasons.
/// </summary>
/// <param name="RequestLineSize">
/// The maximum size of the request line without its CRLF. The server refuses a longer line with 414, or with 501 when the method
/// alone exceeds the limit.
/// </param>
/// <param name="FieldSectionSize">
/// The maximum size of all field lines with their CRLFs and the empty line at the end. The server refuses a larger section with
/// 431.
/// </param>
/// <param name="FieldCount">
/// The maximum number of field lines, and also of trailer lines. The server refuses more field lines with 431, and more trailer
/// lines with 400.
/// </param>
/// <param name="ChunkExtensionSize">
/// The maximum size of all chunk extensions of one body together. The server refuses a larger size with 400.
/// </param>
/// <param name="TrailerSectionSize">
/// The maximum size of all trailer lines and the empty line at the end. The server refuses a larger section with 400.
/// </param>
internal sealed record ReaderLimits(
    int RequestLineSize,
    int FieldSectionSize,
    int FieldCount,
    int ChunkExtensionSize,
    int TrailerSectionSize);
