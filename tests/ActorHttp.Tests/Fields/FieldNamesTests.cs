using System.Text;
using ActorHttp.Fields;

namespace ActorHttp.Tests.Fields;

public class FieldNamesTests
{
    [Theory, Trait("RFC", "9110 §5.1")]
    [InlineData("Host", "Host")]
    [InlineData("host", "Host")]
    [InlineData("HOST", "Host")]
    [InlineData("content-length", "Content-Length")]
    [InlineData("TRANSFER-encoding", "Transfer-Encoding")]
    [InlineData("etag", "ETag")]
    [InlineData("te", "TE")]
    [InlineData("upgrade-insecure-requests", "Upgrade-Insecure-Requests")]
    public void A_well_known_name_is_read_in_its_usual_case(string token, string name) => Assert.Equal(name, Read(token));

    [Theory]
    [InlineData("X")]
    [InlineData("x-colour")]
    [InlineData("Hosts")]
    [InlineData("Hos")]
    [InlineData("Content_Length")]
    [InlineData("a-name-that-is-longer-than-any-of-the-well-known-ones")]
    public void Another_name_is_read_as_it_is(string token) => Assert.Equal(token, Read(token));

    // The parser tells the fields that it needs by reference.
    [Fact]
    public void The_names_that_the_parser_looks_for_are_always_the_same_string()
    {
        foreach (var name in new[]
        {
            FieldNames.AcceptEncoding, FieldNames.Connection, FieldNames.ContentLength, FieldNames.Date, FieldNames.Expect, FieldNames.Host,
            FieldNames.TransferEncoding,
        })
        {
            Assert.Same(name, Read(name));
            Assert.Same(name, Read(name.ToLowerInvariant()));
            Assert.Same(name, FieldNames.Canonical(new string(name)));
        }
    }

    [Fact]
    public void A_name_in_another_case_is_left_to_who_wrote_it()
    {
        Assert.Equal("content-type", FieldNames.Canonical("content-type"));
        Assert.Equal("X-Colour", FieldNames.Canonical("X-Colour"));
    }

    private static string Read(string token) => FieldNames.FromToken(Encoding.ASCII.GetBytes(token));
}
