using System.Text;
using ActorHttp.Tests.Protocol.Http1;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace ActorHttp.Tests.Properties;

// Arrival.Read holds every reading to the reader's contract: nothing is thrown, no more is consumed than was shown,
// and the events are the same however the bytes are cut.
public class ReaderProperties
{
    [Property(MaxTest = 1000)]
    public Property Any_bytes_can_be_read() =>
        Prop.ForAll(Arrival.OfNoise, arrival => { arrival.Read(); });

    [Property(MaxTest = 2000)]
    public Property Pieces_of_requests_can_be_read_in_any_order() =>
        Prop.ForAll(Arrival.OfFragments, arrival => { arrival.Read(); });

    [Property(MaxTest = 4000)]
    public Property Requests_that_were_hurt_can_be_read() =>
        Prop.ForAll(Arrival.OfMutatedVectors, arrival => { arrival.Read(); });

    [Property(MaxTest = 500)]
    public Property A_valid_request_is_read_back_exactly() =>
        ForAll(from request in ValidRequest.Any from arrival in Arrival.Of(request.Bytes) select (request.Events, arrival));

    [Property(MaxTest = 500)]
    public Property A_body_is_read_back_from_whatever_chunks_it_was_sent_in() =>
        ForAll(from request in ValidRequest.Chunked from arrival in Arrival.Of(request.Bytes) select (request.Events, arrival));

    [Property(MaxTest = 100)]
    public Property A_pipeline_of_valid_requests_is_read_one_by_one() => ForAll(
        from requests in ValidRequest.Any.ListOf()
        let few = requests.Take(8).ToArray()
        from arrival in Arrival.Of([.. few.SelectMany(request => request.Bytes)])
        select (few.SelectMany(request => request.Events).ToArray(), arrival));

    [Property(MaxTest = 500)]
    public Property A_pipeline_of_vectors_is_read_one_by_one() => ForAll(
        from vectors in Arrival.SmallVector.Where(vector => vector.Limits == Vector.DefaultLimits && vector.EndsBetweenMessages).ListOf()
        from last in Arrival.SmallVector.Where(vector => vector.Limits == Vector.DefaultLimits)
        let all = vectors.Take(8).Append(last).ToArray()
        from arrival in Arrival.Of([.. all.SelectMany(vector => vector.Bytes)])
        select (all.SelectMany(vector => vector.Events).ToArray(), arrival));

    private static Property ForAll(Gen<(string[] Events, Arrival Arrival)> claims) =>
        Prop.ForAll(claims.ToArbitrary(), claim => Assert.Equal(claim.Events, claim.Arrival.Read()));
}
