using System.Net;
using ActorHttp.Server;

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
    public void A_host_is_loopback_when_all_its_addresses_are(string host, bool expected) => Assert.Equal(expected, ListenAddresses.AreLoopback(host));
}
