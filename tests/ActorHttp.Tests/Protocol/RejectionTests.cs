using ActorHttp.Protocol;

namespace ActorHttp.Tests.Protocol;

public class RejectionTests
{
    // What is not 400.
    private static readonly Dictionary<Rejection, int> Statuses = new()
    {
        [Rejection.RequestTimeout] = 408,
        [Rejection.BodyTooLarge] = 413,
        [Rejection.RequestLineTooLong] = 414,
        [Rejection.UnknownExpectation] = 417,
        [Rejection.MisdirectedScheme] = 421,
        [Rejection.FieldSectionTooLarge] = 431,
        [Rejection.MethodTooLong] = 501,
        [Rejection.ConnectNotServed] = 501,
        [Rejection.UnknownTransferCoding] = 501,
        [Rejection.UnsupportedVersion] = 505,
    };

    [Fact]
    public void Every_rejection_has_its_status_and_a_line_of_words()
    {
        foreach (var rejection in Enum.GetValues<Rejection>().Where(rejection => rejection != Rejection.None))
        {
            var (status, reason) = rejection.Answer();

            Assert.Equal(Statuses.GetValueOrDefault(rejection, 400), status);
            Assert.NotEqual("", ReasonPhrases.Of(status));
            Assert.EndsWith(".", reason, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', reason);
        }
    }

    [Fact]
    public void Every_rejection_has_words_of_its_own()
    {
        var reasons = Enum.GetValues<Rejection>().Where(
            rejection => rejection != Rejection.None).Select(rejection => rejection.Answer().Reason).ToArray();

        Assert.Equal(reasons.Length, reasons.Distinct().Count());
    }

    [Fact]
    public void No_rejection_is_no_answer() => Assert.Throws<ArgumentOutOfRangeException>(() => Rejection.None.Answer());
}
