using ActorHttp.Handlers;
using ActorHttp.Messages;

namespace ActorHttp.ConsoleHost.Endpoints;

/// <summary>Answers <c>GET /</c> with a list of the routes.</summary>
internal sealed class RootActor : HttpHandlerActor
{
    private static readonly ReadOnlyMemory<byte> Text = """
        This is ActorHttp. It answers:

          GET  /                 this text
          GET  /echo/{text}      the text
          POST /echo             the body that was sent
          GET  /user-agent       what your client calls itself
          GET  /files/{path}     a file, or a folder's listing; POST and PUT store one, DELETE removes it

        """.Replace("\r", "", StringComparison.Ordinal).Select(c => (byte)c).ToArray();

    protected override void OnRequest(HttpRequest request) => Reply(HttpResponse.Text(request.Exchange, 200, Text));
}
