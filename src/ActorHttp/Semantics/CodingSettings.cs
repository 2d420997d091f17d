using System.IO.Compression;

namespace ActorHttp.Semantics;

/// <summary>The settings of content coding (<c>actor-http.coding</c>).</summary>
/// <param name="Order">The codings that the server offers, in order of preference.</param>
/// <param name="MediaTypes">The media types to which the server applies a content coding.</param>
/// <param name="Level">The compression level of the encoders.</param>
/// <param name="MinSize">The size of the smallest body to which the server applies a content coding, in bytes.</param>
/// <param name="WholeSize">
/// The size of the largest body that the server encodes in one step, in bytes. The server encodes a larger body part by part.
/// </param>
internal sealed record CodingSettings(ContentCoding[] Order, MediaTypeSet MediaTypes, CompressionLevel Level, int MinSize, int WholeSize);
