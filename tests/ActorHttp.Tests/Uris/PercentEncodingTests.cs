using System.Text;
using ActorHttp.Files.Storage;
using ActorHttp.Uris;
using FsCheck.Xunit;

namespace ActorHttp.Tests.Uris;

public class PercentEncodingTests
{
    [Theory, Trait("RFC", "3986 §2.1")]
    [InlineData("", true)]
    [InlineData("abc", true)]
    [InlineData("%41", true)]
    [InlineData("%aF%Fa%00", true)]
    [InlineData("a%20b%2Fc", true)]
    [InlineData("%", false)]
    [InlineData("%4", false)]
    [InlineData("%4g", false)]
    [InlineData("%g4", false)]
    [InlineData("%%41", false)]
    [InlineData("%41%", false)]
    [InlineData("% 41", false)]
    [InlineData("%+4", false)]
    public void A_percent_sign_needs_two_hex_digits(string text, bool isValid) =>
        Assert.Equal(isValid, PercentEncoding.IsValid(Encoding.ASCII.GetBytes(text)));

    [Theory]
    [InlineData("", "")]
    [InlineData("abc", "abc")]
    [InlineData("a%20b", "a b")]
    [InlineData("a+b", "a+b")]
    [InlineData("%41%5a%5A", "AZZ")]
    [InlineData("%e2%82%ac", "€")]
    [InlineData("caf%C3%A9/x", "café/x")]
    [InlineData("%00", "\0")]
    public void Encoded_UTF_8_is_decoded(string text, string expected)
    {
        var decoded = FileName.Decode(PercentEncoding.Decode(text));
        Assert.True(FileName.IsText(decoded));
        Assert.Equal(expected, decoded);
    }

    [Theory]
    [InlineData("%2541", "%41")]
    [InlineData("%25252e", "%252e")]
    [InlineData("%2525", "%25")]
    public void Text_is_decoded_once(string text, string expected)
    {
        var decoded = FileName.Decode(PercentEncoding.Decode(text));
        Assert.True(FileName.IsText(decoded));
        Assert.Equal(expected, decoded);
    }

    [Theory]
    [InlineData("%FF")]
    [InlineData("%C3")]
    [InlineData("%C3x")]
    [InlineData("%C0%AE")]
    [InlineData("%ED%A0%80")]
    [InlineData("%F4%90%80%80")]
    public void Bytes_that_are_no_UTF_8_are_not_made_up(string text)
    {
        var decoded = FileName.Decode(PercentEncoding.Decode(text));
        Assert.False(FileName.IsText(decoded));
        Assert.Equal(PercentEncoding.Decode(text), FileName.Encode(decoded));
    }

    [Fact]
    public void Bytes_that_are_no_UTF_8_can_be_had_as_bytes() => Assert.Equal([0xFF, (byte)'a', 0x00], PercentEncoding.Decode("%FFa%00"));

    [Theory, Trait("RFC", "3986 §6.2.2.2")]
    [InlineData("/echo", "/echo")]
    [InlineData("/%65cho", "/echo")]
    [InlineData("/%7Eme/%2D%2e%5F%39", "/~me/-._9")]
    [InlineData("/a%2Fb", "/a%2Fb")]
    [InlineData("/a%20b%c3%A9", "/a%20b%c3%A9")]
    [InlineData("/%2565", "/%2565")]
    [InlineData("/%25%36%35", "/%2565")]
    public void Only_the_encodings_of_unreserved_characters_are_undone(string path, string expected) =>
        Assert.Equal(expected, PercentEncoding.NormalizeUnreserved(path));

    [Property(MaxTest = 1000)]
    public void To_undo_them_changes_nothing_that_a_path_stands_for(byte[] bytes)
    {
        var path = string.Concat(bytes.Select(b => $"%{b:X2}"));
        var normal = PercentEncoding.NormalizeUnreserved(path);

        Assert.Equal(bytes, PercentEncoding.Decode(normal));
        Assert.Equal(normal, PercentEncoding.NormalizeUnreserved(normal));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("/files/a-b._~9Z", "/files/a-b._~9Z")]
    [InlineData("/a b", "/a%20b")]
    [InlineData("/100%", "/100%25")]
    [InlineData("/a?b#c", "/a%3Fb%23c")]
    [InlineData("/café/€", "/caf%C3%A9/%E2%82%AC")]
    [InlineData("/\U0001F600", "/%F0%9F%98%80")]
    [InlineData("/a\\b:c@d&e=f+g,h;i", "/a%5Cb%3Ac%40d%26e%3Df%2Bg%2Ch%3Bi")]
    [InlineData("/\r\n\0", "/%0D%0A%00")]
    public void A_path_is_encoded_but_for_its_slashes(string path, string expected) =>
        Assert.Equal(expected, PercentEncoding.Encode(Encoding.UTF8.GetBytes(path)));

    [Property(MaxTest = 1000)]
    public void Bytes_that_are_no_text_are_encoded_and_decode_to_themselves(byte[] bytes) =>
        Assert.Equal(bytes, PercentEncoding.Decode(PercentEncoding.Encode(bytes)));

    [Property(MaxTest = 1000)]
    public void An_encoded_path_is_valid_and_decodes_to_itself(string? text)
    {
        // A lone surrogate is no text: UTF-8 cannot carry it.
        var path = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text ?? ""));
        var encoded = PercentEncoding.Encode(Encoding.UTF8.GetBytes(path));

        Assert.True(PercentEncoding.IsValid(Encoding.ASCII.GetBytes(encoded)));
        Assert.True(encoded.All(c => char.IsAsciiLetterOrDigit(c) || "-._~/%".Contains(c)));
        var decoded = FileName.Decode(PercentEncoding.Decode(encoded));
        Assert.True(FileName.IsText(decoded));
        Assert.Equal(path, decoded);
    }

    [Property(MaxTest = 1000)]
    public void Any_bytes_can_be_encoded_and_decoded(byte[] bytes) =>
        Assert.Equal(bytes, PercentEncoding.Decode(string.Concat(bytes.Select(b => $"%{b:x2}"))));
}
