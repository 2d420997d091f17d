using ActorHttp.Buffers;
using ActorHttp.Messages;
using ActorHttp.Protocol.Http1;
using ActorHttp.Routing;

namespace ActorHttp.Micro.Growth;

/// <summary>Cases behind the reader: open requests, looking fields up, writing fields, and routes.</summary>
internal static class ServerCases
{
    public static IEnumerable<GrowthCase> All =>
    [
        new("open requests of one connection", "request", 10, n =>
        {
            var pipeline = new Pipeline<Request>(n);
            return () => Serve(pipeline, n);
        }),
        new("looking a field of many lines up", "line", 10, n =>
        {
            var headers = HttpHeaders.Of([.. Enumerable.Repeat(("Cookie", "name=value"), n)]);
            return () => _ = headers["Cookie"];
        }),
        new("writing fields", "field", 10, n =>
        {
            var headers = HttpHeaders.Of([.. Enumerable.Range(0, n).Select(i => ($"X-Field-{i}", "value"))]);
            var output = new OutputBuffer();
            return () => Write(output, headers);
        }),
        Routes("routes: the last whole path", Find, table => table.Routes.Last(route => !route.HasParameter).Pattern),
        Routes("routes: the last parameter", Find, table => table.Routes.Last(route => route.HasParameter).Literal + "x"),
        Routes("routes: none", Find, _ => "/nothing/here"),
        Routes("routes: none, by a path of 4 KB", Find, _ => "/section/1/" + ReaderCases.Many("x/", 2000)),
        Routes("routes: what is allowed", (table, path) => table.AllowedOn(path), _ => "/nothing/here"),
    ];

    private static GrowthCase Routes(
        string name, Func<RouteTable, string, object?> find, Func<RouteTable, string> path) => new(name, "route", 10, n =>
    {
        var table = Tables.Of(n);
        var asked = path(table);
        return () => find(table, asked);
    });

    private static Route? Find(RouteTable table, string path) => table.Find(RequestMethod.Get, path);

    private static void Serve(Pipeline<Request> pipeline, int requests)
    {
        for (var number = 1; number <= requests; number++)
        {
            pipeline.Add(new Request(number));
            _ = pipeline.MayDispatchLast();
        }

        while (!pipeline.IsEmpty)
            pipeline.RemoveFirst();
    }

    private static void Write(OutputBuffer output, HttpHeaders headers)
    {
        ResponseWriter.WriteHead(
            output,
            HttpVersion.Http11,
            200,
            headers,
            ResponseFraming.Of(RequestMethod.Get, HttpVersion.Http11, true, 200, 0),
            "Date: x\r\n"u8);
        output.Take();
        output.Release();
    }

    private sealed class Request(long number) : PipelineSlot(number, isSafe: true);
}
