using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using ActorHttp.Fields;
using ActorHttp.Semantics;
using FsCheck.Xunit;

namespace ActorHttp.Tests.Semantics;

public sealed class ContentDispositionTests
{
    [Theory, Trait("RFC", "6266 §4.3")]
    [InlineData("a.txt", "attachment; filename=\"a.txt\"")]
    [InlineData("my notes (1).txt", "attachment; filename=\"my notes (1).txt\"")]
    [InlineData("a;b=c,d.txt", "attachment; filename=\"a;b=c,d.txt\"")]
    [InlineData("it's.txt", "attachment; filename=\"it's.txt\"")]
    [InlineData("", "attachment; filename=\"\"")]
    public void A_name_in_ASCII_is_said_once(string name, string expected) => Assert.Equal(expected, ContentDisposition.Attachment(name));

    [Theory, Trait("RFC", "8187 §3.2")]
    [InlineData("\u20AC rates.txt", "attachment; filename=\"_ rates.txt\"; filename*=UTF-8''%E2%82%AC%20rates.txt")]
    [InlineData("na\u00EFve.txt", "attachment; filename=\"na_ve.txt\"; filename*=UTF-8''na%C3%AFve.txt")]
    [InlineData("\U0001F600.png", "attachment; filename=\"_.png\"; filename*=UTF-8''%F0%9F%98%80.png")]
    [InlineData("100%.txt", "attachment; filename=\"100_.txt\"; filename*=UTF-8''100%25.txt")]
    [InlineData("%41.txt", "attachment; filename=\"_41.txt\"; filename*=UTF-8''%2541.txt")]
    [InlineData("say \"hi\".txt", "attachment; filename=\"say _hi_.txt\"; filename*=UTF-8''say%20%22hi%22.txt")]
    [InlineData("\u00E9's (*);,.txt", "attachment; filename=\"_'s (*);,.txt\"; filename*=UTF-8''%C3%A9%27s%20%28%2A%29%3B%2C.txt")]
    public void A_name_that_ASCII_cannot_say_is_said_twice(string name, string expected) =>
        Assert.Equal(expected, ContentDisposition.Attachment(name));

    [Theory]
    [InlineData(
        "a\"; filename=\"evil.exe", "attachment; filename=\"a_; filename=_evil.exe\"; filename*=UTF-8''a%22%3B%20filename%3D%22evil.exe")]
    [InlineData("a\r\nSet-Cookie: x=y", "attachment; filename=\"a__Set-Cookie: x=y\"; filename*=UTF-8''a__Set-Cookie%3A%20x%3Dy")]
    [InlineData("a\0b\u007Fc\u0085d", "attachment; filename=\"a_b_c_d\"; filename*=UTF-8''a_b_c_d")]
    public void Nothing_in_a_name_breaks_out_of_its_quotes_or_its_field(string name, string expected) =>
        Assert.Equal(expected, ContentDisposition.Attachment(name));

    [Fact]
    public void Half_a_surrogate_pair_is_a_character_that_cannot_be_shown() =>
        Assert.Equal("attachment; filename=\"a_b\"; filename*=UTF-8''a%EF%BF%BDb", ContentDisposition.Attachment("a\uD800b"));

    [Theory, Trait("RFC", "6266 §4.3")]
    [InlineData("notes/a.txt")]
    [InlineData("/etc/a.txt")]
    [InlineData("..\\..\\a.txt")]
    [InlineData("C:\\x/a.txt")]
    public void Only_the_last_segment_of_a_path_is_a_name(string name) =>
        Assert.Equal("attachment; filename=\"a.txt\"", ContentDisposition.Attachment(name));

    [Property(MaxTest = 1000, Arbitrary = [typeof(HostileText)])]
    public void Every_name_makes_a_well_formed_field_that_is_read_back(string name)
    {
        var value = ContentDisposition.Attachment(name);
        Assert.True(FieldSyntax.IsValue(value));
        Assert.Matches(
            """^attachment; filename="[ !#$&-\[\]-~]*"(; filename\*=UTF-8''([!#$&+.^_`|~A-Za-z0-9-]|%[0-9A-F]{2})*)?\z""",
            value);

        var last = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
        var expected = Regex.Replace(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(last)), @"[\x00-\x1F\x7F-\x9F]", "_");
        var read = ContentDispositionHeaderValue.Parse(value);
        Assert.Equal(expected, read.FileNameStar ?? read.FileName!.Trim('"'));
    }
}
