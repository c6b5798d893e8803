using StepCloud.Tests.Cluster;
using StepCloud.Tests.Faults.Plant;

namespace StepCloud.Tests.Faults.Network;

/// <summary>What may be done to the way between the gateways and the server: rules of the gateways' own network, which end with it.</summary>
internal static class ShopLine
{
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static ClusterNetwork Of(TestPlant plant) =>
        plant.Network ?? throw new InvalidOperationException("Networks are made by root, where the kernel allows it: this fault was not tried.");

    /// <param name="rule">Of `iptables`, such as `-A INPUT -j DROP`.</param>
    public static Task RuleAsync(TestPlant plant, string rule) =>
        OsTool.RunAsync("/usr/sbin/ip", ["netns", "exec", Of(plant).Machines[0].Namespace, "/usr/sbin/iptables", .. rule.Split(' ')]);
}
