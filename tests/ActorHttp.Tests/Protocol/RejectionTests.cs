using ActorHttp.Protocol;

namespace ActorHttp.Tests.Protocol;

public class RejectionTests
{
    [Fact]
    public void Every_rejection_has_an_error_status_and_a_line_of_words()
    {
        foreach (var rejection in Enum.GetValues<Rejection>().Where(rejection => rejection != Rejection.None))
        {
            var (status, reason) = rejection.Answer();

            Assert.InRange(status, 400, 599);
            Assert.NotEqual("", ReasonPhrases.Of(status));
            Assert.EndsWith(".", reason, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', reason);
        }
    }

    [Fact]
    public void Every_rejection_has_words_of_its_own()
    {
        var reasons = Enum.GetValues<Rejection>().Where(rejection => rejection != Rejection.None).Select(rejection => rejection.Answer().Reason).ToArray();

        Assert.Equal(reasons.Length, reasons.Distinct().Count());
    }

    [Fact]
    public void No_rejection_is_no_answer()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Rejection.None.Answer());
    }
}
