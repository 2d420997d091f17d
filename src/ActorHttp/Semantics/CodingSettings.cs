using System.IO.Compression;

namespace ActorHttp.Semantics;

/// <summary>The settings of content coding (<c>actor-http.coding</c>).</summary>
/// <param name="Order">The codings that the server offers, in order of preference.</param>
/// <param name="MediaTypes">The media types that the server codes.</param>
/// <param name="Level">The compression level of the encoders.</param>
/// <param name="MinSize">The smallest body that the server codes, in bytes.</param>
/// <param name="WholeSize">The largest body that the server codes in one step, in bytes. A larger body is coded part by part.</param>
internal sealed record CodingSettings(ContentCoding[] Order, MediaTypeSet MediaTypes, CompressionLevel Level, int MinSize, int WholeSize);
