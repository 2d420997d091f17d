using System.IO.Compression;

namespace ActorHttp.Semantics;

/// <summary>Which content codings a server applies (<c>actor-http.coding</c>).</summary>
/// <param name="Order">The codings that it offers, the one that it prefers first.</param>
/// <param name="MediaTypes">The media types that gain from a coding.</param>
/// <param name="Level">How much work the encoders do.</param>
/// <param name="MinSize">The smallest body that is coded, in bytes.</param>
/// <param name="WholeSize">The largest body that is coded at once, in bytes; a larger one is streamed.</param>
internal sealed record CodingSettings(ContentCoding[] Order, MediaTypeSet MediaTypes, CompressionLevel Level, int MinSize, int WholeSize);
