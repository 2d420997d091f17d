using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;

namespace ActorHttp.Messages;

/// <summary>
/// Serializes the messages about an exchange, so that handlers can run on other nodes. The serializer writes each message
/// property by property. The serializer writes the length before each string and each body. hocon/reference.conf binds this class
/// to <see cref="IExchangeMessage"/>.
/// </summary>
/// <param name="system">The actor system, which resolves actor references.</param>
public sealed class HttpMessageSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private const string RequestManifest = "request";
    private const string ResponseManifest = "response";
    private const string InterimManifest = "interim";
    private const string PullManifest = "pull";
    private const string ChunkManifest = "chunk";
    private const string EndManifest = "end";
    private const string FailedManifest = "failed";
    private const string CancelManifest = "cancel";
    private const string LimitManifest = "limit";
    private const string FollowManifest = "follow";
    private const string EndedManifest = "ended";

    // Akka reserves the identifiers 0 to 40. This identifier must never change, because the identifier is part of the wire
    // format.
    /// <inheritdoc/>
    public override int Identifier => 4221;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// The message is not an <see cref="IExchangeMessage"/>, or is a message that never leaves the process, such as
    /// <see cref="ClaimExchange"/>.
    /// </exception>
    public override string Manifest(object o) => o switch
    {
        HttpRequest => RequestManifest,
        HttpResponse => ResponseManifest,
        InterimResponse => InterimManifest,
        PullBody => PullManifest,
        BodyChunk => ChunkManifest,
        BodyEnd => EndManifest,
        BodyFailed => FailedManifest,
        CancelBody => CancelManifest,
        LimitBody => LimitManifest,
        FollowExchange => FollowManifest,
        ExchangeEnded => EndedManifest,
        _ => throw new ArgumentException($"{o.GetType()} is no message about an exchange.", nameof(o)),
    };

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The message is not an <see cref="IExchangeMessage"/>.</exception>
    public override byte[] ToBinary(object obj)
    {
        if (obj is not IExchangeMessage about)
            throw new ArgumentException($"{obj.GetType()} is no message about an exchange.", nameof(obj));
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        Write(writer, about.Exchange.Connection);
        writer.Write(about.Exchange.Number);
        switch (about)
        {
            case HttpRequest request:
                Write(writer, request);
                break;
            case HttpResponse response:
                Write(writer, response);
                break;
            case InterimResponse interim:
                writer.Write(interim.Status);
                Write(writer, interim.Headers);
                break;
            case BodyChunk chunk:
                Write(writer, chunk.Bytes);
                break;
            case BodyEnd end:
                Write(writer, end.Trailers);
                break;
            case BodyFailed failed:
                writer.Write(failed.Reason);
                break;
            case LimitBody limit:
                writer.Write(limit.Bytes);
                break;
        }

        writer.Flush();
        return stream.ToArray();
    }

    /// <inheritdoc/>
    /// <exception cref="SerializationException">The manifest is unknown, or the bytes are damaged.</exception>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(bytes, writable: false));
            var exchange = new Exchange(ReadActor(reader) ?? ActorRefs.Nobody, reader.ReadInt64());
            return manifest switch
            {
                RequestManifest => ReadRequest(reader, exchange),
                ResponseManifest => ReadResponse(reader, exchange),
                InterimManifest => new InterimResponse(exchange, reader.ReadInt32(), ReadHeaders(reader)),
                PullManifest => new PullBody(exchange),
                ChunkManifest => new BodyChunk(exchange, ReadBytes(reader)),
                EndManifest => new BodyEnd(exchange, ReadHeaders(reader)),
                FailedManifest => new BodyFailed(exchange, reader.ReadString()),
                CancelManifest => new CancelBody(exchange),
                LimitManifest => new LimitBody(exchange, reader.ReadInt64()),
                FollowManifest => new FollowExchange(exchange),
                EndedManifest => new ExchangeEnded(exchange),
                _ => throw new SerializationException($"'{manifest}' is no message about an exchange."),
            };
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or ArgumentException)
        {
            throw new SerializationException($"The bytes of a '{manifest}' message are damaged.", e);
        }
    }

    private void Write(BinaryWriter writer, HttpRequest request)
    {
        writer.Write(request.Method.Name);
        writer.Write((byte)request.Target.Form);
        writer.Write(request.Target.Path);
        Write(writer, request.Target.Query);
        writer.Write((byte)request.Version);
        Write(writer, request.Headers);
        writer.Write(request.Body.IsPresent);
        Write(writer, request.Body.Length);
        writer.Write(request.RouteParameter);
    }

    private static HttpRequest ReadRequest(BinaryReader reader, Exchange exchange) => new(
        exchange,
        new RequestMethod(reader.ReadString()),
        new RequestTarget(ReadChoice<TargetForm>(reader), reader.ReadString(), ReadText(reader)),
        ReadChoice<HttpVersion>(reader),
        ReadHeaders(reader),
        new RequestBody(reader.ReadBoolean(), ReadNumber(reader)),
        reader.ReadString());

    private void Write(BinaryWriter writer, HttpResponse response)
    {
        writer.Write(response.Status);
        Write(writer, response.Headers);
        writer.Write((byte)response.Coding);
        Write(writer, response.Body.Source);
        if (response.Body.Source is null)
            Write(writer, response.Body.Bytes);
        else
            Write(writer, response.Body.Length);
    }

    private HttpResponse ReadResponse(BinaryReader reader, Exchange exchange)
    {
        var status = reader.ReadInt32();
        var headers = ReadHeaders(reader);
        var coding = ReadChoice<CodingChoice>(reader);
        var body = ReadActor(reader) is { } source ? ResponseBody.From(source, ReadNumber(reader)) : ResponseBody.Of(ReadBytes(reader));
        return new HttpResponse(exchange, status, headers, body, coding);
    }

    // Writes the path of the actor. A path without an address is valid on this node only. So Akka adds the address of this node
    // when a remote transport is in use.
    private static void Write(BinaryWriter writer, IActorRef? actor) =>
        Write(writer, actor is null ? null : Akka.Serialization.Serialization.SerializedActorPath(actor));

    private IActorRef? ReadActor(BinaryReader reader) => ReadText(reader) is { } path ? system.Provider.ResolveActorRef(path) : null;

    private static void Write(BinaryWriter writer, HttpHeaders headers)
    {
        writer.Write(headers.Count);
        foreach (var field in headers.AsSpan())
        {
            writer.Write(field.Name);
            writer.Write(field.Value);
        }
    }

    private static HttpHeaders ReadHeaders(BinaryReader reader)
    {
        var count = reader.ReadInt32();

        // Each field takes at least two bytes: the length of its name and the length of its value. So a count above half of the
        // remaining bytes means damaged bytes. Checks the count before the allocation, because a damaged count could cause a
        // large allocation.
        if (count < 0 || count > BytesLeft(reader) / 2)
            throw new EndOfStreamException();
        var fields = new (string, string)[count];
        for (var i = 0; i < fields.Length; i++)
            fields[i] = (reader.ReadString(), reader.ReadString());
        return HttpHeaders.Of(fields);
    }

    private static void Write(BinaryWriter writer, ReadOnlyMemory<byte> bytes)
    {
        writer.Write(bytes.Length);
        writer.Write(bytes.Span);
    }

    private static byte[] ReadBytes(BinaryReader reader)
    {
        // Checks the length first. BinaryReader.ReadBytes allocates the whole length before reading, so damaged bytes could cause
        // a large allocation.
        var length = reader.ReadInt32();
        return length >= 0 && length <= BytesLeft(reader) ? reader.ReadBytes(length) : throw new EndOfStreamException();
    }

    private static long BytesLeft(BinaryReader reader) => reader.BaseStream.Length - reader.BaseStream.Position;

    private static T ReadChoice<T>(BinaryReader reader)
        where T : struct, Enum
    {
        var value = (T)Enum.ToObject(typeof(T), reader.ReadByte());
        return Enum.IsDefined(value) ? value : throw new FormatException($"{value} is no {typeof(T).Name}.");
    }

    private static void Write(BinaryWriter writer, string? text)
    {
        writer.Write(text is not null);
        if (text is not null)
            writer.Write(text);
    }

    private static string? ReadText(BinaryReader reader) => reader.ReadBoolean() ? reader.ReadString() : null;

    private static void Write(BinaryWriter writer, long? number)
    {
        writer.Write(number is not null);
        if (number is { } known)
            writer.Write(known);
    }

    private static long? ReadNumber(BinaryReader reader) => reader.ReadBoolean() ? reader.ReadInt64() : null;
}
