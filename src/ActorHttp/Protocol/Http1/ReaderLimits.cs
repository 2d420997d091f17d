namespace ActorHttp.Protocol.Http1;

/// <summary>What a request may cost to read. Sizes in bytes; the defaults and their reasons are in hocon/reference.conf.</summary>
/// <param name="RequestLineSize">The request line without its CRLF; past it 414.</param>
/// <param name="FieldSectionSize">All field lines with their CRLFs and the empty line that ends them; past it 431.</param>
/// <param name="FieldCount">The number of field lines; past it 431. Counts for trailers too, with 400.</param>
/// <param name="ChunkExtensionSize">All chunk extensions of one body together; past it 400.</param>
/// <param name="TrailerSectionSize">All trailer lines and the empty line that ends them; past it 400.</param>
internal sealed record ReaderLimits(
    int RequestLineSize,
    int FieldSectionSize,
    int FieldCount,
    int ChunkExtensionSize,
    int TrailerSectionSize);
