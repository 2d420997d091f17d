using System.Globalization;
using System.Text;
using ActorHttp.Tests.Protocol.Http1;
using FsCheck;
using FsCheck.Fluent;

namespace ActorHttp.Tests.Properties;

/// <summary>A request made by the grammar, beside the lines that a reader must say of it.</summary>
/// <param name="Text">Its bytes, one Latin-1 character each.</param>
internal sealed record ValidRequest(string Text, string[] Events)
{
    /// <param name="Field">The field that frames it; empty for none.</param>
    private sealed record Body(string Field, string Text, string[] Events);

    private sealed record Field(string Name, string Value, string Before = " ", string Behind = "")
    {
        public string Line => $"{Name}:{Before}{Value}{Behind}\r\n";

        public string Read => Value.Length == 0 ? $"{Name}:" : $"{Name}: {Value}";
    }

    private const string Unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const string SubDelims = "!$&'()*+,;=";
    private const string TokenCharacters = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    // Small enough that no limit is met.
    private const int Size = 30;

    private static readonly string AnyCharacters = CharactersBetween('\0', '\xFF');
    private static readonly string VisibleCharacters = CharactersBetween('!', '~') + CharactersBetween('\x80', '\xFF');

    /// <summary>Any valid request.</summary>
    public static Gen<ValidRequest> Any => Gen.Resize(
        Gen.OneOf(
            With(Gen.Elements("1.0", "1.1", "1.2", "1.9"), Gen.OneOf(NoBody, SizedBody)),
            With(Gen.Elements("1.1", "1.2", "1.9"), ChunkedBody)),
        Size);

    /// <summary>Any valid request with chunks.</summary>
    public static Gen<ValidRequest> Chunked => Gen.Resize(With(Gen.Constant("1.1"), ChunkedBody), Size);

    public byte[] Bytes => Encoding.Latin1.GetBytes(Text);

    public override string ToString() => VisibleBytes.Encode(Text);

    private static Gen<ValidRequest> With(Gen<string> versions, Gen<Body> bodies) =>
        from method in Token
        where method != "CONNECT"
        from authority in Gen.OneOf(Gen.Constant(""), Host)
        from scheme in Gen.Elements("http://", "HTTP://")
        from path in Path
        from query in Query
        from version in versions
        from before in Fields
        from host in Host
        from connection in Gen.Elements("", "close", "Close", "keep-alive", "TE, Keep-Alive", "keep-alive,close", "TE")
        from expect in Gen.Elements("", "", "100-continue")
        from body in bodies
        from after in Fields
        select Compose(
            method, authority.Length == 0 ? "" : scheme + authority, path + query, version, before, host, connection, expect, body, after);

    private static ValidRequest Compose(
        string method, string origin, string path, string version, IList<Field> before, string host, string connection, string expect,
        Body body, IList<Field> after)
    {
        var is11 = version != "1.0";
        var closes = connection.Contains("close", StringComparison.OrdinalIgnoreCase);
        var keepsAlive = !closes && (is11 || connection.Contains("keep-alive", StringComparison.OrdinalIgnoreCase));
        var own = new List<Field> { new("Host", host) };
        if (connection.Length > 0)
            own.Add(new("Connection", connection));
        if (expect.Length > 0)
            own.Add(new("Expect", expect));
        var framing = body.Field.Length == 0 ? "" : body.Field + "\r\n";
        var text = $"{method} {origin}{path} HTTP/{version}\r\n{Lines(before)}{Lines(own)}{framing}{Lines(after)}\r\n{body.Text}";

        if (origin.Length > 0)
            own[0] = new("Host", origin[(origin.IndexOf("//", StringComparison.Ordinal) + 2)..]);
        var events = new List<string>
        {
            $"head {method} {path} HTTP/{(is11 ? "1.1" : "1.0")} "
                + $"{(keepsAlive ? "keep-alive" : "close")}{(origin.Length > 0 ? " absolute-form" : "")}",
        };
        events.AddRange(before.Concat(own).Select(line => $"field {line.Read}"));
        if (body.Field.Length > 0)
            events.Add($"field {body.Field}");
        events.AddRange(after.Select(line => $"field {line.Read}"));
        events.Add(body.Events[0]);
        if (expect.Length > 0 && is11 && body.Field.Length > 0)
            events.Add("expects 100");
        events.AddRange(body.Events.Skip(1));
        events.Add("end");
        return new ValidRequest(text, [.. events]);
    }

    private static Gen<Body> NoBody => Gen.Constant(new Body("", "", ["framing none"]));

    private static Gen<Body> SizedBody =>
        from body in TextOf(AnyCharacters)
        where body.Length > 0
        select new Body($"Content-Length: {body.Length}", body, [$"framing length {body.Length}", $"body \"{body}\""]);

    private static Gen<Body> ChunkedBody =>
        from chunks in Chunk.ListOf()
        from last in Gen.Elements("0", "00", "000000000000000")
        from extensions in Extensions
        from trailers in Fields
        let body = string.Concat(chunks.Select(chunk => chunk.Bytes))
        select new Body(
            "Transfer-Encoding: chunked",
            $"{string.Concat(chunks.Select(chunk => chunk.Text))}{last}{extensions}\r\n{Lines(trailers)}\r\n",
            [
                "framing chunked",
                .. body.Length == 0 ? Array.Empty<string>() : [$"body \"{body}\""],
                .. trailers.Select(line => $"trailer {line.Read}"),
            ]);

    private static Gen<(string Text, string Bytes)> Chunk =>
        from bytes in TextOf(AnyCharacters)
        where bytes.Length > 0
        from format in Gen.Elements("x", "X", "x4", "X15")
        from extensions in Extensions
        select ($"{bytes.Length.ToString(format, CultureInfo.InvariantCulture)}{extensions}\r\n{bytes}\r\n", bytes);

    // The grammar allows blanks before the first semicolon, we do not.
    private static Gen<string> Extensions =>
        Extension.ListOf().Select(extensions => string.Concat(extensions.Take(3)).TrimStart(' ', '\t'));

    // BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] (RFC 9112 §7.1.1)
    private static Gen<string> Extension =>
        from blanks in Blanks.ArrayOf(4)
        from name in Token
        from value in Gen.OneOf(Gen.Constant(""), Token, QuotedString)
        select $"{blanks[0]};{blanks[1]}{name}" + (value.Length == 0 ? "" : $"{blanks[2]}={blanks[3]}{value}");

    // qdtext / quoted-pair (RFC 9110 §5.6.4)
    private static Gen<string> QuotedString =>
        Gen.OneOf(
            OneOf(VisibleCharacters.Replace("\"", "").Replace("\\", "") + " \t"),
            OneOf(VisibleCharacters + " \t").Select(character => "\\" + character))
        .ListOf()
        .Select(parts => $"\"{string.Concat(parts)}\"");

    private static Gen<IList<Field>> Fields => (
        from name in Token
        from before in Blanks
        from value in TextOf(VisibleCharacters + VisibleCharacters + " \t")
        from behind in Blanks
        select new Field("X-" + name, value.Trim(' ', '\t'), before, behind)).ListOf().Select(fields => (IList<Field>)fields);

    // Path and query with the characters that are let pass for the sake of browsers.
    private static Gen<string> Path =>
        Gen.OneOf(OneOf(Unreserved + SubDelims + ":@/[]{}|^"), Escaped).ListOf().Select(parts => "/" + string.Concat(parts));

    private static Gen<string> Query => Gen.OneOf(
        Gen.Constant(""),
        Gen.OneOf(OneOf(Unreserved + SubDelims + ":@/?[]{}|^`\\"), Escaped).ListOf().Select(parts => "?" + string.Concat(parts)));

    private static Gen<string> Escaped =>
        from value in Gen.Choose(0, 255)
        from format in Gen.Elements("x2", "X2")
        select "%" + value.ToString(format, CultureInfo.InvariantCulture);

    private static Gen<string> Host =>
        from host in Gen.OneOf(
            TextOf(Unreserved + SubDelims).Where(name => name.Length > 0),
            Gen.Elements("127.0.0.1", "[::1]", "[2001:db8::7]", "[::ffff:192.0.2.1]"))
        from port in Gen.OneOf(Gen.Elements("", ":"), Gen.Choose(0, 65535).Select(number => $":{number}"))
        select host + port;

    private static Gen<string> Token => TextOf(TokenCharacters).Where(token => token.Length > 0);

    private static Gen<string> Blanks => Gen.Elements("", "", " ", " ", "\t", " \t ");

    private static string Lines(IEnumerable<Field> fields) => string.Concat(fields.Select(line => line.Line));

    private static Gen<string> OneOf(string characters) => Gen.Elements(characters.ToCharArray()).Select(character => character.ToString());

    private static Gen<string> TextOf(string characters) =>
        Gen.Elements(characters.ToCharArray()).ArrayOf().Select(some => new string(some));

    private static string CharactersBetween(char first, char last) =>
        new([.. Enumerable.Range(first, last - first + 1).Select(character => (char)character)]);
}
