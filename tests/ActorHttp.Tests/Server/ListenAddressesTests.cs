using System.Net;
using ActorHttp.Server;
using ActorHttp.Settings;

namespace ActorHttp.Tests.Server;

public sealed class ListenAddressesTests
{
    // One address that others can reach is enough: only this machine may ask for faults, or be served without a list of hosts.
    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.8.9.1", true)]
    [InlineData("::1", true)]
    [InlineData("127.0.0.1 ::1", true)]
    [InlineData("127.0.0.1 192.0.2.1", false)]
    [InlineData("192.0.2.1 127.0.0.1", false)]
    [InlineData("::1 2001:db8::1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("0.0.0.0 ::", false)]
    [InlineData("::ffff:192.0.2.1", false)]
    public void Addresses_are_loopback_when_each_of_them_is(string addresses, bool expected) =>
        Assert.Equal(expected, ListenAddresses.AreLoopback(addresses.Split(' ').Select(IPAddress.Parse)));

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("LOCALHOST", true)]
    [InlineData("[::1]", true)]
    [InlineData("*", false)]
    [InlineData("192.0.2.1", false)]
    public void A_host_is_loopback_when_all_its_addresses_are(string host, bool expected) =>
        Assert.Equal(expected, ListenAddresses.AreLoopback(host));

    // The last column: whether a page on the internet could reach the server through a browser on this machine.
    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("localhost 127.0.0.1", true)]
    [InlineData("localhost *", false)]
    [InlineData("192.0.2.1", false)]
    [InlineData("/run/x.sock", false)]
    [InlineData("localhost /run/x.sock", true)]
    [InlineData("* /run/x.sock", false)]
    public void A_server_is_for_browsers_here_when_it_listens_on_TCP_and_on_loopback_only(string places, bool expected) =>
        Assert.Equal(expected, ListenAddresses.AreForBrowsersHere([.. places.Split(' ').Select(Endpoint)]));

    [Fact]
    public void A_unix_socket_is_an_address_of_this_machine_only()
    {
        var addresses = ListenAddresses.Of(Endpoint("/run/x.sock"));
        Assert.True(ListenAddresses.AreLoopback(addresses));
        Assert.False(ListenAddresses.AreLoopback(addresses.Concat(ListenAddresses.Of(Endpoint("192.0.2.1")))));
    }

    [Theory]
    [InlineData("127.0.0.1", "http://localhost:80")]
    [InlineData("192.0.2.1", "http://192.0.2.1:80")]
    [InlineData("2001:db8::1", "http://[2001:db8::1]:80")]
    [InlineData("/run/x.sock", "unix:/run/x.sock")]
    public void An_endpoint_has_a_text_for_people(string place, string text)
    {
        var endpoint = Endpoint(place);
        Assert.Equal(text, ListenAddresses.Url(new BoundEndpoint(endpoint, ListenAddresses.Of(endpoint))));
    }

    private static EndpointSettings Endpoint(string place) =>
        place[0] == '/' ? new UnixEndpointSettings("", place, UnixFileMode.None) : new TcpEndpointSettings("", place, 80);
}
