using ActorHttp.Messages;

namespace ActorHttp.Tests.Messages;

public class HttpHeadersTests
{
    private static readonly HttpHeaders Some = HttpHeaders.Of(("Accept", "a"), ("X-Colour", "red"), ("accept", "b"));

    [Fact, Trait("RFC", "9110 §5.3")]
    public void Fields_keep_their_order()
    {
        Assert.Equal([new("Accept", "a"), new("X-Colour", "red"), new HttpField("accept", "b")], Some);
        Assert.Equal(3, Some.Count);
        Assert.Equal(new HttpField("X-Colour", "red"), Some[1]);
    }

    [Theory, Trait("RFC", "9110 §5.1")]
    [InlineData("X-Colour")]
    [InlineData("x-colour")]
    [InlineData("X-COLOUR")]
    public void Names_have_no_case(string name)
    {
        Assert.True(Some.Contains(name));
        Assert.Equal("red", Some[name]);
        Assert.False(Some.Without(name).Contains("X-Colour"));
        Assert.Equal("blue", Some.With(name, "blue")["X-Colour"]);
    }

    [Fact, Trait("RFC", "9110 §5.2")]
    public void Lines_of_one_name_are_one_list() => Assert.Equal("a, b", Some["Accept"]);

    [Fact]
    public void A_field_that_is_absent_has_no_value()
    {
        Assert.Null(Some["X"]);
        Assert.False(Some.Contains("X"));
        Assert.Null(HttpHeaders.Empty["Accept"]);
    }

    [Fact]
    public void A_field_that_is_empty_has_a_value() => Assert.Equal("", HttpHeaders.Of(("X", ""))["X"]);

    [Fact]
    public void Add_appends_a_line() => Assert.Equal([.. Some, new HttpField("Accept", "c")], Some.Add("Accept", "c"));

    [Fact]
    public void With_leaves_one_line_of_that_name() =>
        Assert.Equal([new("X-Colour", "red"), new HttpField("Accept", "c")], Some.With("Accept", "c"));

    [Fact]
    public void Without_leaves_none()
    {
        Assert.Equal([new HttpField("X-Colour", "red")], Some.Without("ACCEPT"));
        Assert.Same(Some, Some.Without("X"));
    }

    [Fact]
    public void A_list_never_changes()
    {
        var before = Some.ToArray();
        _ = Some.Add("A", "1");
        _ = Some.With("Accept", "2");
        _ = Some.Without("Accept");

        Assert.Equal(before, Some);
    }

    [Fact]
    public void A_copy_of_an_encoded_list_is_encoded_anew()
    {
        var encoded = HttpHeaders.Of(("A", "1")).Reused();

        Assert.True(encoded.IsReused);
        Assert.False(encoded.Add("B", "2").IsReused);
        Assert.False(encoded.With("A", "2").IsReused);
        Assert.False(encoded.Without("A").IsReused);
    }

    [Theory, Trait("RFC", "9110 §12.5.5")]
    [InlineData("*", "*")]
    [InlineData("Accept-Encoding", "Accept-Encoding")]
    [InlineData("accept-encoding", "accept-encoding")]
    [InlineData("Accept,\tAccept-Encoding ", "Accept,\tAccept-Encoding ")]
    [InlineData("Accept", "Accept, Accept-Encoding")]
    [InlineData("X-Accept-Encoding", "X-Accept-Encoding, Accept-Encoding")]
    [InlineData("Accept-Encodings", "Accept-Encodings, Accept-Encoding")]
    public void Vary_names_each_field_once(string before, string behind) =>
        Assert.Equal([new HttpField("Vary", behind)], HttpHeaders.Of(("Vary", before)).WithVary("Accept-Encoding"));

    [Fact, Trait("RFC", "9110 §12.5.5")]
    public void Vary_appears_when_it_was_absent_and_joins_its_lines()
    {
        Assert.Equal("Origin", Some.WithVary("Origin")["Vary"]);
        Assert.Equal([new HttpField("Vary", "A, B, Origin")], HttpHeaders.Of(("Vary", "A"), ("vary", "B")).WithVary("Origin"));
    }

    [Theory, Trait("RFC", "9110 §5.1")]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("X Y")]
    [InlineData("X:")]
    [InlineData("X\r\nY")]
    [InlineData("X\n")]
    [InlineData("X\0")]
    [InlineData("Café")]
    [InlineData("X(")]
    public void A_name_that_is_no_token_is_refused(string name)
    {
        Assert.Throws<ArgumentException>("name", () => HttpHeaders.Of((name, "x")));
        Assert.Throws<ArgumentException>("name", () => Some.Add(name, "x"));
        Assert.Throws<ArgumentException>("name", () => Some.With(name, "x"));
    }

    // Response splitting (RFC 9112 §11.1), and characters that no byte can carry.
    [Theory, Trait("RFC", "9110 §5.5")]
    [InlineData("a\r\nSet-Cookie: b")]
    [InlineData("a\n")]
    [InlineData("\ra")]
    [InlineData("a\0")]
    [InlineData("a\x1F")]
    [InlineData("a\x7F")]
    [InlineData("\u0100")]
    [InlineData("€")]
    [InlineData("a\u010Ab")]
    public void A_value_that_could_break_the_message_apart_is_refused(string value)
    {
        Assert.Throws<ArgumentException>("value", () => HttpHeaders.Of(("X", value)));
        Assert.Throws<ArgumentException>("value", () => Some.Add("X", value));
        Assert.Throws<ArgumentException>("value", () => Some.With("X", value));
    }

    [Theory, Trait("RFC", "9110 §5.5")]
    [InlineData("")]
    [InlineData("a\tb c")]
    [InlineData("\"quoted\"")]
    [InlineData("\x80é\xFF")]
    public void Any_other_value_is_taken(string value) => Assert.Equal(value, HttpHeaders.Of(("X", value))["X"]);
}
