using System.Security.Cryptography;
using ActorHttp.Semantics;
using FsCheck.Xunit;

namespace ActorHttp.Tests.Semantics;

public sealed class DigestFieldsTests
{
    // The examples of the RFC: of {"hello": "world"} and a line end.
    private const string Sha256 = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";
    private const string Sha512 = "sha-512=:YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4yP+pgk4vf2aCsyRZOtw8MjkM7iw7yZ/WkppmM44T3qg==:";

    private static readonly byte[] Content = "{\"hello\": \"world\"}\n"u8.ToArray();

    [Theory, Trait("RFC", "9530 §2")]
    [InlineData(Sha256, "Sha256")]
    [InlineData(Sha512, "Sha512")]
    [InlineData(Sha512 + ", " + Sha256, "Sha256 Sha512")]
    [InlineData("md5=:YQ==:, " + Sha256 + ",unixsum=::", "Sha256")]
    [InlineData(Sha256 + ";a=1;b", "Sha256")]
    [InlineData("sha-256=:YQ==:, " + Sha256, "Sha256")]
    [InlineData("md5=:YQ==:", "")]
    [InlineData("", "")]
    public void The_digests_that_we_verify_are_read_and_the_others_passed_over(string value, string expected)
    {
        Assert.True(DigestFields.TryParse(value, out var digests));
        Assert.Equal(expected, string.Join(' ', digests.Select(digest => digest.Algorithm)));
        foreach (var digest in digests)
            Assert.Equal(Hash(digest.Algorithm), digest.Bytes.ToArray());
    }

    [Theory, Trait("RFC", "9530 §2")]
    [InlineData("sha-256")]
    [InlineData("sha-256=1")]
    [InlineData("sha-256=?1")]
    [InlineData("sha-256=::")]
    [InlineData("sha-256=:YQ==:")]
    [InlineData("sha-512=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:")]
    [InlineData("sha-256=:YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4yP+pgk4vf2aCsyRZOtw8MjkM7iw7yZ/WkppmM44T3qg==:")]
    [InlineData("sha-256=RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=")]
    [InlineData("SHA-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:")]
    [InlineData(Sha256 + ", sha-256=:YQ==:")]
    [InlineData(Sha256 + ",")]
    [InlineData(Sha256 + ", md5=5")]
    [InlineData(Sha256 + " " + Sha512)]
    [InlineData("sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=")]
    [InlineData("sha-256=\"RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=\"")]
    [InlineData("sha256:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=")]
    public void A_field_that_is_no_dictionary_of_digests_is_malformed(string value)
    {
        Assert.False(DigestFields.TryParse(value, out var digests));
        Assert.Empty(digests);
    }

    [Fact, Trait("RFC", "9530 §2")]
    public void A_digest_is_written_as_the_RFC_writes_it()
    {
        Assert.Equal(Sha256, DigestFields.Format(DigestAlgorithm.Sha256, Hash(DigestAlgorithm.Sha256)));
        Assert.Equal(Sha512, DigestFields.Format(DigestAlgorithm.Sha512, Hash(DigestAlgorithm.Sha512)));
    }

    [Fact]
    public void A_digest_of_another_length_is_our_own_mistake() =>
        Assert.Throws<ArgumentException>(() => DigestFields.Format(DigestAlgorithm.Sha512, new byte[32]));

    [Theory, Trait("RFC", "9530 §4")]
    [InlineData("sha-256=1", "Sha256")]
    [InlineData("sha-512=1", "Sha512")]
    [InlineData("sha-256=3, sha-512=10", "Sha512")]
    [InlineData("sha-512=3, sha-256=10", "Sha256")]
    [InlineData("sha-512=5, sha-256=5", "Sha256")]
    [InlineData("sha-256=0, sha-512=1", "Sha512")]
    [InlineData("md5=10, sha-256=1", "Sha256")]
    [InlineData("sha-256=1, sha-256=0, sha-512=1", "Sha512")]
    [InlineData("sha-256=1;why=\"because\"", "Sha256")]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("sha-256=0", null)]
    [InlineData("sha-256=0, sha-512=0", null)]
    [InlineData("md5=10, sha=9", null)]
    [InlineData("sha-256=11", null)]
    [InlineData("sha-256=-1", null)]
    [InlineData("sha-256=1, md5=11", null)]
    [InlineData("sha-256=0.5", null)]
    [InlineData("sha-256", null)]
    [InlineData("sha-256=1, sha-512", null)]
    [InlineData("sha-256=1,", null)]
    [InlineData("SHA-256=1", null)]
    [InlineData("sha-256;q=1", null)]
    [InlineData("sha-256=:YQ==:", null)]
    public void The_wish_that_ranks_highest_among_ours_is_granted(string? value, string? expected) =>
        Assert.Equal(expected, DigestFields.Wanted(value)?.ToString());

    [Fact]
    public void A_number_that_is_no_algorithm_has_neither_key_nor_length()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ((DigestAlgorithm)9).Key());
        Assert.Throws<ArgumentOutOfRangeException>(() => ((DigestAlgorithm)9).Length());
    }

    [Property(MaxTest = 500, Arbitrary = [typeof(HostileText)])]
    public void No_value_makes_the_readers_throw(string value)
    {
        foreach (var text in (string[])[value, "sha-256=:" + value, Sha256 + value, "sha-512=1" + value])
        {
            DigestFields.TryParse(text, out var digests);
            Assert.All(digests, digest => Assert.Equal(digest.Algorithm.Length(), digest.Bytes.Length));
            DigestFields.Wanted(text);
        }
    }

    private static byte[] Hash(DigestAlgorithm algorithm) =>
        algorithm == DigestAlgorithm.Sha256 ? SHA256.HashData(Content) : SHA512.HashData(Content);
}
