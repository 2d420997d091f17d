using System.Text;
using ActorHttp.Semantics;
using FsCheck.Xunit;

namespace ActorHttp.Tests.Semantics;

public sealed class StructuredFieldsTests
{
    private static readonly string[] WellFormedParameters =
    [
        ";a", "; a", ";   a;b", ";a=1", ";a=-1", ";a=1.5;b=999999999999.999", ";a=999999999999999", ";a=?0", ";a=tok", ";a=*", ";a=T/x:y!#",
        ";a=\"\"", ";a=\"x;y, z\"", ";a=\"\\\"\\\\\"", ";a=::", ";a=:YQ==:", ";a=:YQ:", ";a=@1659578233", ";a=@-1", ";a=%\"\"",
        ";a=%\"f%c3%bc\"",
        ";*x=1", ";a-b_c.d*9=1", ";a;a;a",
    ];

    private static readonly string[] MalformedParameters =
    [
        ";", "; ", ";A", ";1", ";-a", ";a=", ";a= 1", ";a =1", " ;a", "\t;a", ";\ta", ";;a", ";a;", ";a=?", ";a=?2", ";a=?true", ";a=\"",
        ";a=\"\\", ";a=\"\\a\"",
        ";a=\"\u00E9\"", ";a=\"\t\"", ";a=\"x\"y", ";a=:", ";a=:YQ", ";a=:Y:", ";a=:Y===:", ";a=:YQ=:", ";a=:Y Q=:", ";a=:Y-_=:",
        ";a=:====:", ";a=@", ";a=@1.5", ";a=@x",
        ";a=1.", ";a=.5", ";a=1.2345", ";a=1234567890123.1", ";a=1234567890123456", ";a=--1", ";a=-", ";a=+1", ";a=%", ";a=%\"",
        ";a=%\"%C3%BC\"", ";a=%\"%c\"",
        ";a=%\"\u00FC\"", ";a=(1)", ";a={}", ";a=$x", ",a", "x", "\0",
    ];

    public static TheoryData<string> Good => [.. WellFormedParameters];

    public static TheoryData<string> Bad => [.. MalformedParameters];

    [Theory, Trait("RFC", "9651 §3.3.6")]
    [InlineData("?1", true)]
    [InlineData("?0", false)]
    [InlineData("  ?1 ", true)]
    public void A_boolean_is_a_question_mark_and_a_digit(string text, bool expected)
    {
        Assert.True(StructuredFields.TryParseBoolean(text, out var value));
        Assert.Equal(expected, value);
    }

    [Theory, Trait("RFC", "9651 §3.3.6")]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("?")]
    [InlineData("?2")]
    [InlineData("? 1")]
    [InlineData("1")]
    [InlineData("true")]
    [InlineData("?T")]
    [InlineData("?11")]
    [InlineData("?1, ?1")]
    [InlineData("?1,")]
    [InlineData("\t?1")]
    [InlineData("?1\t")]
    [InlineData("?\u0661")]
    public void What_is_no_boolean_is_not_read_as_one(string text) => Assert.False(StructuredFields.TryParseBoolean(text, out _));

    [Theory, Trait("RFC", "9651 §3.3.1")]
    [InlineData("0", 0)]
    [InlineData("42", 42)]
    [InlineData("007", 7)]
    [InlineData(" 1 ", 1)]
    [InlineData("-0", 0)]
    [InlineData("999999999999999", 999_999_999_999_999)]
    public void An_integer_has_up_to_fifteen_digits(string text, long expected)
    {
        Assert.True(StructuredFields.TryParseInteger(text, out var value));
        Assert.Equal(expected, value);
    }

    [Theory, Trait("RFC", "9651 §3.3.1")]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1000000000000000")]
    [InlineData("0000000000000000")]
    [InlineData("1.0")]
    [InlineData("1.")]
    [InlineData("1e3")]
    [InlineData("0x1")]
    [InlineData("1 2")]
    [InlineData("1, 2")]
    [InlineData("1,")]
    [InlineData("\"1\"")]
    [InlineData("\t1")]
    [InlineData("\u0661")]
    [InlineData("\uFF11")]
    [InlineData("1\0")]
    [InlineData("99999999999999999999999999999999")]
    public void What_is_no_integer_of_zero_or_more_is_not_read_as_one(string text) =>
        Assert.False(StructuredFields.TryParseInteger(text, out _));

    [Theory, Trait("RFC", "9651 §3.1.2")]
    [MemberData(nameof(Good))]
    public void Parameters_of_every_kind_are_passed_over(string parameters)
    {
        Assert.True(StructuredFields.TryParseBoolean("?1" + parameters, out var flag) && flag);
        Assert.True(StructuredFields.TryParseInteger("42" + parameters, out var value) && value == 42);
        Assert.Equal("a=1 b=:YQ:", Read($"a=1{parameters}, b=:YQ==:{parameters}"));
    }

    [Theory, Trait("RFC", "9651 §4.2")]
    [MemberData(nameof(Bad))]
    public void Parameters_that_break_the_grammar_spoil_the_field(string parameters)
    {
        Assert.False(StructuredFields.TryParseBoolean("?1" + parameters, out _));
        Assert.False(StructuredFields.TryParseInteger("42" + parameters, out _));
        Assert.Null(Read($"b=:YQ==:{parameters}"));
        Assert.Null(Read($"b=2{parameters}, x=1"));
    }

    [Theory, Trait("RFC", "9651 §3.2")]
    [InlineData("", "")]
    [InlineData("  ", "")]
    [InlineData("a=1", "a=1")]
    [InlineData(" a=1 ", "a=1")]
    [InlineData("a=1,b=2", "a=1 b=2")]
    [InlineData("a=1 \t, \t b=2", "a=1 b=2")]
    [InlineData("a=-5, a=6", "a=-5 a=6")]
    [InlineData("*=0,x-_.*9=1", "*=0 x-_.*9=1")]
    [InlineData("a=::", "a=::")]
    [InlineData("a=:YQ==:,b=:YWI=:,c=:YWJj:", "a=:YQ: b=:YWI: c=:YWJj:")]
    [InlineData("a=:YQ:, b=:YWI:", "a=:YQ: b=:YWI:")]
    public void A_dictionary_is_read_member_by_member(string text, string expected) => Assert.Equal(expected, Read(text));

    [Theory, Trait("RFC", "9651 §4.2.2")]
    [InlineData(",")]
    [InlineData("a=1,")]
    [InlineData("a=1, ")]
    [InlineData(",a=1")]
    [InlineData("a=1,,b=2")]
    [InlineData("a=1 b=2")]
    [InlineData("a=1;b=2 c=3")]
    [InlineData("\ta=1")]
    [InlineData("A=1")]
    [InlineData("1=1")]
    [InlineData("=1")]
    [InlineData("a =1")]
    [InlineData("a= 1")]
    [InlineData("a=")]
    [InlineData("a")]
    [InlineData("a, b=1")]
    [InlineData("a=?1")]
    [InlineData("a=1.5")]
    [InlineData("a=tok")]
    [InlineData("a=\"s\"")]
    [InlineData("a=(1 2)")]
    [InlineData("a=1000000000000000")]
    [InlineData("a=:")]
    [InlineData("a=:YQ==")]
    [InlineData("a=:Y:")]
    [InlineData("a=:YQ=:")]
    [InlineData("a=:YQ===:")]
    [InlineData("a=:=YQ=:")]
    [InlineData("a=:Y Q=:")]
    [InlineData("a=:Y\tQ=:")]
    [InlineData("a=:YQ_-:")]
    [InlineData("a=:\u00E9===:")]
    [InlineData("a=:YQ==:x")]
    [InlineData("\u00E9=1")]
    [InlineData("a=1\0")]
    public void What_is_no_such_dictionary_is_malformed(string text) => Assert.Null(Read(text));

    [Fact]
    public void Bytes_that_do_not_fit_are_not_given()
    {
        var dictionary = new StructuredDictionary("a=:YWJj:");
        Assert.True(dictionary.Read());
        Assert.False(dictionary.TryGetBytes(new byte[2], out _));
        Assert.True(dictionary.TryGetBytes(new byte[3], out var count));
        Assert.Equal(3, count);
    }

    [Property(MaxTest = 300)]
    public void Bytes_come_back_with_their_padding_and_without(byte[] bytes)
    {
        var base64 = Convert.ToBase64String(bytes);
        foreach (var text in (string[])[base64, base64.TrimEnd('=')])
        {
            var decoded = new byte[bytes.Length];
            var dictionary = new StructuredDictionary($"key=:{text}:;p, other=1");
            Assert.True(dictionary.Read());
            Assert.True(dictionary.TryGetBytes(decoded, out var count));
            Assert.Equal(bytes, decoded[..count]);
            Assert.True(dictionary.Read());
            Assert.False(dictionary.Read());
            Assert.False(dictionary.IsMalformed);
        }
    }

    [Property(MaxTest = 1000, Arbitrary = [typeof(HostileText)])]
    public void No_text_makes_a_reader_throw(string text)
    {
        StructuredFields.TryParseBoolean(text, out _);
        StructuredFields.TryParseInteger(text, out _);
        Read(text);
        Read("a=:" + text);
        Read("a=1;" + text);
        Read("a=1;b=\"" + text);
        Read("a=1;b=%\"" + text);
    }

    // What is read, or null when it is malformed.
    private static string? Read(string text)
    {
        var read = new StringBuilder();
        Span<byte> bytes = stackalloc byte[64];
        var dictionary = new StructuredDictionary(text);
        while (dictionary.Read())
        {
            read.Append(read.Length == 0 ? "" : " ").Append(dictionary.Key).Append('=');
            if (dictionary.IsBytes && dictionary.TryGetBytes(bytes, out var count))
                read.Append(':').Append(Convert.ToBase64String(bytes[..count]).TrimEnd('=')).Append(':');
            else
                read.Append(dictionary.Integer);
        }

        return dictionary.IsMalformed ? null : read.ToString();
    }
}
