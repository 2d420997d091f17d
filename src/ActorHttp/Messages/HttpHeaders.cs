using System.Collections;
using System.Text;
using ActorHttp.Fields;

namespace ActorHttp.Messages;

/// <summary>One field line (RFC 9110 §5).</summary>
/// <param name="Name">A token; case does not matter.</param>
/// <param name="Value">The value without surrounding blanks; bytes above 0x7F appear as Latin-1 characters.</param>
public readonly record struct HttpField(string Name, string Value);

/// <summary>
/// An immutable, ordered list of fields. Names are compared without case (RFC 9110 §5.1). A field that could break
/// the message apart (a name that is no token, a value with a line break or another control) is refused with an
/// <see cref="ArgumentException"/> when it is added, so that no handler can split a response.
/// </summary>
public sealed class HttpHeaders : IReadOnlyList<HttpField>
{
    /// <summary>No fields.</summary>
    public static readonly HttpHeaders Empty = new([]);

    private readonly HttpField[] _fields;
    private object? _wireForm;

    private HttpHeaders(HttpField[] fields) => _fields = fields;

    /// <summary>The number of field lines.</summary>
    public int Count => _fields.Length;

    /// <summary>The field line at <paramref name="index"/>, in the order sent.</summary>
    public HttpField this[int index] => _fields[index];

    /// <summary>
    /// The value of the field called <paramref name="name"/>: null when absent; when there are several lines, their
    /// values joined by a comma and a space (RFC 9110 §5.2).
    /// </summary>
    public string? this[string name] => Join(_fields, name);

    /// <summary>A list of these fields.</summary>
    /// <exception cref="ArgumentException">A name is no token, or a value holds a control character or one above U+00FF.</exception>
    public static HttpHeaders Of(params ReadOnlySpan<(string Name, string Value)> fields)
    {
        var copy = new HttpField[fields.Length];
        for (var i = 0; i < copy.Length; i++)
            copy[i] = Checked(fields[i].Name, fields[i].Value);
        return new HttpHeaders(copy);
    }

    /// <summary>Whether a field of this name is present.</summary>
    public bool Contains(string name)
    {
        foreach (var field in _fields)
        {
            if (NamesEqual(field.Name, name))
                return true;
        }

        return false;
    }

    /// <summary>A copy with one more field line at the end.</summary>
    /// <exception cref="ArgumentException">The name is no token, or the value holds a control character or one above U+00FF.</exception>
    public HttpHeaders Add(string name, string value) => new([.. _fields, Checked(name, value)]);

    /// <summary>A copy in which this is the only line of its name.</summary>
    /// <exception cref="ArgumentException">The name is no token, or the value holds a control character or one above U+00FF.</exception>
    public HttpHeaders With(string name, string value) =>
        new([.. _fields.Where(field => !NamesEqual(field.Name, name)), Checked(name, value)]);

    /// <summary>A copy without the fields of this name.</summary>
    public HttpHeaders Without(string name) =>
        Contains(name) ? new([.. _fields.Where(field => !NamesEqual(field.Name, name))]) : this;

    /// <summary>A copy whose Vary field names <paramref name="field"/> too (RFC 9110 §12.5.5).</summary>
    public HttpHeaders WithVary(string field)
    {
        if (this["Vary"] is not { } vary)
            return Add("Vary", field);
        foreach (var range in vary.AsSpan().Split(','))
        {
            var named = vary.AsSpan()[range].Trim(" \t");
            if (named is "*" || named.Equals(field, StringComparison.OrdinalIgnoreCase))
                return this;
        }

        return With("Vary", $"{vary}, {field}");
    }

    /// <inheritdoc/>
    public IEnumerator<HttpField> GetEnumerator() => ((IEnumerable<HttpField>)_fields).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    // Fields that the reader or the serializer has checked already.
    internal static HttpHeaders FromChecked(ReadOnlySpan<HttpField> fields) =>
        fields.IsEmpty ? Empty : new HttpHeaders(fields.ToArray());

    internal ReadOnlySpan<HttpField> AsSpan() => _fields;

    // The one value of most names as it is; several in one go, for a client may send as many lines as it is let.
    internal static string? Join(ReadOnlySpan<HttpField> fields, string name)
    {
        string? only = null;
        var first = 0;
        for (var i = 0; i < fields.Length; i++)
        {
            if (!NamesEqual(fields[i].Name, name))
                continue;
            if (only is not null)
                return JoinSeveral(fields[first..], name);
            only = fields[i].Value;
            first = i;
        }

        return only;
    }

    /// <summary>Whether this list is sent again and again, so that a protocol keeps what it has made of it.</summary>
    internal bool IsReused { get; private init; }

    /// <summary>
    /// What a protocol has made of a list that is reused; null before it has. Any thread may set it, because all make the same.
    /// </summary>
    internal object? WireForm
    {
        get => Volatile.Read(ref _wireForm);
        set => Volatile.Write(ref _wireForm, value);
    }

    // For lists that live as long as the process. A protocol keeps no other list's form.
    internal HttpHeaders Reused() => new(_fields) { IsReused = true };

    private static string JoinSeveral(ReadOnlySpan<HttpField> fields, string name)
    {
        var value = new StringBuilder();
        var separator = "";
        foreach (var field in fields)
        {
            if (!NamesEqual(field.Name, name))
                continue;
            value.Append(separator).Append(field.Value);
            separator = ", ";
        }

        return value.ToString();
    }

    private static HttpField Checked(string name, string value)
    {
        if (!FieldSyntax.IsToken(name))
            throw new ArgumentException($"'{name}' is no field name (RFC 9110 §5.1).", nameof(name));
        if (!FieldSyntax.IsValue(value))
            throw new ArgumentException($"The value of {name} holds a character that a field cannot carry (RFC 9110 §5.5).", nameof(value));
        return new HttpField(FieldNames.Canonical(name), value);
    }

    private static bool NamesEqual(string a, string b) =>
        ReferenceEquals(a, b) || string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}
