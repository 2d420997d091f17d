using System.Text;
using ActorHttp.Fields;
using ActorHttp.Messages;
using ActorHttp.Uris;

namespace ActorHttp.Protocol.Http1;

/// <summary>
/// Builds a <see cref="RequestHead"/> line by line (RFC 9112 §3 and §5), and parses trailer lines by the same grammar. The parser
/// copies each line into strings and keeps no reference to the bytes.
/// </summary>
internal sealed class HeadParser
{
    private HttpField[] _fields = new HttpField[16];
    private int _count;
    private RequestMethod _method;
    private RequestTarget? _target;
    private string? _authority;
    private HttpVersion _version;
    private string? _host;
    private int _hosts;
    private string? _contentLength;
    private int _contentLengths;
    private string? _transferEncoding;
    private string? _connection;
    private string? _expect;
    private string? _acceptEncoding;
    private bool _hasLists;

    /// <summary>The number of field lines parsed so far.</summary>
    public int Count => _count;

    /// <summary>Whether the request line has a host, which replaces the value of the Host field (RFC 9112 §3.2.2).</summary>
    public bool HasAuthority => _authority is not null;

    public Rejection TakeRequestLine(ReadOnlySpan<byte> line)
    {
        if (line.Contains((byte)'\r'))
            return Rejection.BareCarriageReturn;

        // Requires exactly two spaces. RFC 9112 §3 lets a server split at any whitespace, but then two servers in a chain may split
        // the line differently.
        var first = line.IndexOf((byte)' ');
        var last = line.LastIndexOf((byte)' ');
        if (first < 0 || first == last)
            return Rejection.MalformedRequestLine;
        var method = line[..first];
        var target = line[(first + 1)..last];
        var version = line[(last + 1)..];
        if (target.ContainsAny((byte)' ', (byte)'\t'))
            return Rejection.MalformedRequestLine;
        if (!FieldSyntax.IsToken(method))
            return Rejection.MalformedMethod;
        var rejection = TakeVersion(version);
        if (rejection != Rejection.None)
            return rejection;
        _method = RequestMethod.FromToken(method);
        return TargetParser.Parse(_method, target, out _target, out _authority);
    }

    public Rejection TakeFieldLine(ReadOnlySpan<byte> line)
    {
        var rejection = SplitField(line, out var name, out var value);
        if (rejection != Rejection.None)
            return rejection;
        var field = new HttpField(FieldNames.FromToken(name), Encoding.Latin1.GetString(value));
        Append(field);
        Note(field);
        return Rejection.None;
    }

    /// <summary>
    /// Parses a trailer line (RFC 9112 §7.1.2). Refuses the fields for framing and routing, Connection and Expect, which are valid in
    /// a head only.
    /// </summary>
    public Rejection TakeTrailerLine(ReadOnlySpan<byte> line)
    {
        if (SplitField(line, out var name, out var value) != Rejection.None)
            return Rejection.MalformedTrailer;
        var field = new HttpField(FieldNames.FromToken(name), Encoding.Latin1.GetString(value));
        if (
            field.Name is FieldNames.ContentLength or FieldNames.TransferEncoding or FieldNames.Host
                or FieldNames.Connection or FieldNames.Expect)
        {
            return Rejection.ForbiddenTrailer;
        }

        Append(field);
        return Rejection.None;
    }

    /// <summary>Returns the parsed trailer fields and resets the parser.</summary>
    public HttpHeaders FinishTrailers()
    {
        var trailers = HttpHeaders.FromChecked(_fields.AsSpan(0, _count));
        Reset();
        return trailers;
    }

    /// <summary>Checks and returns the whole head, and resets the parser. Called after the empty line that ends the head.</summary>
    public Rejection Finish(out RequestHead? head)
    {
        head = null;
        var rejection = CheckHost();
        if (rejection != Rejection.None)
            return rejection;
        if (_contentLengths > 1)
            return Rejection.SeveralContentLengths;
        JoinLists();
        rejection = MessageFraming.Of(_version, _transferEncoding, _contentLength, out var framing);
        if (rejection != Rejection.None)
            return rejection;

        // RFC 9110 §10.1.1: an HTTP/1.0 expectation must be ignored. The client does not wait for 100 Continue when the request
        // has no body.
        var expectsContinue = false;
        if (_expect is not null && _version == HttpVersion.Http11)
        {
            if (!OnlyExpectsContinue(_expect))
                return Rejection.UnknownExpectation;
            expectsContinue = framing.Kind != FramingKind.None;
        }

        head = new RequestHead(
            _method, _target!, _version, HttpHeaders.FromChecked(_fields.AsSpan(0, _count)), framing, KeepsAlive(), expectsContinue,
            _acceptEncoding);
        Reset();
        return Rejection.None;
    }

    /// <summary>
    /// Returns a head with this request line and the fields of <paramref name="other"/>, whose field section has the same bytes.
    /// Returns null when the same fields could have another meaning in this request.
    /// </summary>
    public RequestHead? FinishAs(RequestHead other)
    {
        // Framing and keep-alive depend on the version. An authority in the request line replaces the Host field.
        if (_version != other.Version || HasAuthority)
            return null;
        var head = other with { Method = _method, Target = _target! };
        Reset();
        return head;
    }

    private Rejection TakeVersion(ReadOnlySpan<byte> text)
    {
        if (text.Length != 8 || !text.StartsWith("HTTP/"u8) || text[6] != '.'
            || !char.IsAsciiDigit((char)text[5]) || !char.IsAsciiDigit((char)text[7]))
        {
            return Rejection.MalformedVersion;
        }

        if (text[5] != '1')
            return Rejection.UnsupportedVersion;

        // RFC 9110 §2.5: a higher minor version counts as HTTP/1.1, the highest version that this parser supports.
        _version = text[7] == '0' ? HttpVersion.Http10 : HttpVersion.Http11;
        return Rejection.None;
    }

    private static Rejection SplitField(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        var end = FieldSyntax.TokenLength(line);
        name = line[..end];
        if (end == line.Length)
            return Rejection.MissingColon;
        if (line[end] != ':')
        {
            if (line[end] is not ((byte)' ' or (byte)'\t'))
                return line[end] == '\r' ? Rejection.BareCarriageReturn : Rejection.MalformedFieldName;

            // Refuses line folding (RFC 9112 §5.2) and a blank before the colon (§5.1). Both can hide a field from another
            // parser.
            return end == 0 ? Rejection.FoldedField : Rejection.BlankBeforeColon;
        }

        if (end == 0)
            return Rejection.MalformedFieldName;
        value = FieldSyntax.TrimBlanks(line[(end + 1)..]);
        if (FieldSyntax.IsValue(value))
            return Rejection.None;
        return value.Contains((byte)'\r') ? Rejection.BareCarriageReturn : Rejection.ControlInFieldValue;
    }

    private void Append(HttpField field)
    {
        if (_count == _fields.Length)
            Array.Resize(ref _fields, _count * 2);
        _fields[_count++] = field;
    }

    // Remembers the fields that the protocol needs. FieldNames.FromToken returns the same instance for a well-known name, so the
    // comparison of references is sufficient.
    private void Note(HttpField field)
    {
        if (ReferenceEquals(field.Name, FieldNames.Host))
        {
            _host = field.Value;
            _hosts++;
        }
        else if (ReferenceEquals(field.Name, FieldNames.ContentLength))
        {
            // RFC 9112 §6.3 step 5 lets a recipient accept several equal lengths. Finish refuses a request with several lengths.
            // No usual client sends such a request, and two parsers in a chain may disagree about which length is valid.
            _contentLength = field.Value;
            _contentLengths++;
        }
        else if (ReferenceEquals(field.Name, FieldNames.TransferEncoding))
        {
            NoteList(ref _transferEncoding, field.Value);
        }
        else if (ReferenceEquals(field.Name, FieldNames.Connection))
        {
            NoteList(ref _connection, field.Value);
        }
        else if (ReferenceEquals(field.Name, FieldNames.Expect))
        {
            NoteList(ref _expect, field.Value);
        }
        else if (ReferenceEquals(field.Name, FieldNames.AcceptEncoding))
        {
            NoteList(ref _acceptEncoding, field.Value);
        }
    }

    // Remembers the first line of a list field. JoinLists joins further lines once at the end, because joining line by line
    // would copy the earlier lines each time.
    private void NoteList(ref string? list, string value)
    {
        _hasLists |= list is not null;
        list ??= value;
    }

    private void JoinLists()
    {
        if (!_hasLists)
            return;
        var fields = _fields.AsSpan(0, _count);
        _transferEncoding = HttpHeaders.Join(fields, FieldNames.TransferEncoding);
        _connection = HttpHeaders.Join(fields, FieldNames.Connection);
        _expect = HttpHeaders.Join(fields, FieldNames.Expect);
        _acceptEncoding = HttpHeaders.Join(fields, FieldNames.AcceptEncoding);
    }

    private Rejection CheckHost()
    {
        // RFC 9112 §3.2. An HTTP/1.0 request needs no Host field, but a Host field must be valid.
        if (_hosts > 1)
            return Rejection.SeveralHosts;
        if (_host is null)
        {
            if (_version != HttpVersion.Http10)
                return Rejection.MissingHost;
            if (_authority is not null)
                Append(new HttpField(FieldNames.Host, _authority));
            return Rejection.None;
        }

        Span<byte> host = _host.Length <= 256 ? stackalloc byte[_host.Length] : new byte[_host.Length];
        Encoding.Latin1.GetBytes(_host, host);
        if (!HostSyntax.IsHostAndPort(host))
            return Rejection.MalformedHost;
        if (_authority is not null)
        {
            for (var i = 0; i < _count; i++)
            {
                if (ReferenceEquals(_fields[i].Name, FieldNames.Host))
                    _fields[i] = new HttpField(FieldNames.Host, _authority);
            }
        }

        return Rejection.None;
    }

    // Whether the client allows a persistent connection (RFC 9112 §9.3).
    private bool KeepsAlive() => _version == HttpVersion.Http11
        ? !ListContains(_connection, "close")
        : ListContains(_connection, "keep-alive") && !ListContains(_connection, "close");

    // Whether 100-continue is the only expectation. Expect is a list (RFC 9110 §10.1.1), so the same member may occur twice, and
    // the parser must ignore empty members (§5.6.1.2).
    private static bool OnlyExpectsContinue(string list)
    {
        var isThere = false;
        foreach (var range in list.AsSpan().Split(','))
        {
            var member = list.AsSpan()[range].Trim(" \t");
            if (member.IsEmpty)
                continue;
            if (!member.Equals("100-continue", StringComparison.OrdinalIgnoreCase))
                return false;
            isThere = true;
        }

        return isThere;
    }

    private static bool ListContains(string? list, string token)
    {
        if (list is null)
            return false;
        foreach (var range in list.AsSpan().Split(','))
        {
            if (list.AsSpan()[range].Trim(" \t").Equals(token, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    private void Reset()
    {
        Array.Clear(_fields, 0, _count);
        _count = 0;
        _target = null;
        _authority = null;
        _host = null;
        _hosts = 0;
        _contentLength = null;
        _contentLengths = 0;
        _transferEncoding = null;
        _connection = null;
        _expect = null;
        _acceptEncoding = null;
        _hasLists = false;
    }
}
