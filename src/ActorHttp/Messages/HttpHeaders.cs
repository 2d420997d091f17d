using System.Collections;
using System.Text;
using ActorHttp.Fields;

namespace ActorHttp.Messages;

/// <summary>One field line (RFC 9110 §5).</summary>
/// <param name="Name">The field name, a token. Comparisons ignore its case.</param>
/// <param name="Value">The value without surrounding blanks. Bytes above 0x7F appear as Latin-1 characters.</param>
public readonly record struct HttpField(string Name, string Value);

/// <summary>
/// An immutable, ordered list of field lines. Comparisons of names ignore case (RFC 9110 §5.1). Every method that adds a field
/// checks the field: a name that is not a token, or a value with a line break, throws <see cref="ArgumentException"/>. This check
/// prevents response splitting: no handler can add a line break, and so further fields or a second response.
/// </summary>
public sealed class HttpHeaders : IReadOnlyList<HttpField>
{
    /// <summary>The list without fields.</summary>
    public static readonly HttpHeaders Empty = new([]);

    private readonly HttpField[] _fields;
    private object? _wireForm;

    private HttpHeaders(HttpField[] fields) => _fields = fields;

    /// <summary>The number of field lines.</summary>
    public int Count => _fields.Length;

    /// <summary>The field line at <paramref name="index"/>, counted from 0 in the order on the wire.</summary>
    public HttpField this[int index] => _fields[index];

    /// <summary>
    /// The value of the field called <paramref name="name"/>; null when the field is absent. The values of several lines are
    /// joined by a comma and a space (RFC 9110 §5.2).
    /// </summary>
    public string? this[string name] => Join(_fields, name);

    /// <summary>Creates a list of these fields.</summary>
    /// <exception cref="ArgumentException">
    /// A name is not a token, or a value contains a control character other than a tab, or a character above U+00FF.
    /// </exception>
    public static HttpHeaders Of(params ReadOnlySpan<(string Name, string Value)> fields)
    {
        var copy = new HttpField[fields.Length];
        for (var i = 0; i < copy.Length; i++)
            copy[i] = Checked(fields[i].Name, fields[i].Value);
        return new HttpHeaders(copy);
    }

    /// <summary>Whether the list contains a field of this name.</summary>
    public bool Contains(string name)
    {
        foreach (var field in _fields)
        {
            if (NamesEqual(field.Name, name))
                return true;
        }

        return false;
    }

    /// <summary>Returns a copy with one more field line at the end.</summary>
    /// <exception cref="ArgumentException">
    /// The name is not a token, or the value contains a control character other than a tab, or a character above U+00FF.
    /// </exception>
    public HttpHeaders Add(string name, string value) => new([.. _fields, Checked(name, value)]);

    /// <summary>Returns a copy with this field line at the end and without all other lines of the same name.</summary>
    /// <exception cref="ArgumentException">
    /// The name is not a token, or the value contains a control character other than a tab, or a character above U+00FF.
    /// </exception>
    public HttpHeaders With(string name, string value) =>
        new([.. _fields.Where(field => !NamesEqual(field.Name, name)), Checked(name, value)]);

    /// <summary>Returns a copy without the fields of this name, or this list when the list contains no such field.</summary>
    public HttpHeaders Without(string name) =>
        Contains(name) ? new([.. _fields.Where(field => !NamesEqual(field.Name, name))]) : this;

    /// <summary>
    /// Returns a copy whose Vary field contains <paramref name="field"/> (RFC 9110 §12.5.5), or this list when its Vary field
    /// already contains <paramref name="field"/> or <c>*</c>.
    /// </summary>
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

    // Creates a list of fields that the request reader has already checked.
    internal static HttpHeaders FromChecked(ReadOnlySpan<HttpField> fields) =>
        fields.IsEmpty ? Empty : new HttpHeaders(fields.ToArray());

    internal ReadOnlySpan<HttpField> AsSpan() => _fields;

    // Returns the value of the field called name. Returns a single value without a copy. Joins several values in one pass: a
    // client may send up to limits.field-count lines, and joining line by line would copy the earlier values each time.
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

    /// <summary>
    /// Whether many answers use this list. If true, the response writer encodes the list once and keeps the bytes in
    /// <see cref="WireForm"/>.
    /// </summary>
    internal bool IsReused { get; private init; }

    /// <summary>
    /// The encoded form of a reused list; null before the first use. Any thread may set the property, because all threads compute
    /// the same value.
    /// </summary>
    internal object? WireForm
    {
        get => Volatile.Read(ref _wireForm);
        set => Volatile.Write(ref _wireForm, value);
    }

    /// <summary>
    /// Returns a copy that the response writer encodes once for all answers. The copy keeps its encoded form in memory, so use
    /// this method only for lists that live as long as the process, such as static fields.
    /// </summary>
    public HttpHeaders Reused() => new(_fields) { IsReused = true };

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
