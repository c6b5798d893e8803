using System.Net;
using Shouldly;
using StepCloud.Api.Alarms.Delivery;
using Xunit;

namespace StepCloud.Tests.Api.Alarms;

/// <summary>Where a webhook may be sent to.</summary>
public sealed class PublicAddressTests
{
    [Theory]
    [InlineData("9.9.9.9", true)]
    [InlineData("172.32.0.1", true)]
    [InlineData("223.255.255.255", true)]
    [InlineData("2606:4700::1", true)]
    [InlineData("::ffff:9.9.9.9", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.255.255.254", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("172.16.0.1", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("192.0.0.8", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("198.19.0.1", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::", false)]
    [InlineData("::1", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("::127.0.0.1", false)]
    [InlineData("64:ff9b::7f00:1", false)]
    [InlineData("2001:0:7f00:1::", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("2002:7f00:1::", false)]
    [InlineData("fc00::1", false)]
    [InlineData("fd12::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fec0::1", false)]
    [InlineData("ff02::1", false)]
    public void An_address_is_public_or_it_is_not(string address, bool isPublic) => new PublicAddresses([]).Contains(IPAddress.Parse(address)).ShouldBe(isPublic);

    [Fact]
    public void A_network_that_is_allowed_is_open_in_either_writing_and_no_other_one_is()
    {
        PublicAddresses addresses = new([IPNetwork.Parse("10.1.0.0/16")]);
        addresses.Contains(IPAddress.Parse("10.1.2.3")).ShouldBeTrue();
        addresses.Contains(IPAddress.Parse("::ffff:10.1.2.3")).ShouldBeTrue();
        addresses.Contains(IPAddress.Parse("10.2.0.1")).ShouldBeFalse();
    }
}
