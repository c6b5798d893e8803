using Shouldly;
using StepCloud.GatewaySim.Outbox;

namespace StepCloud.Tests.Sim.Outbox;

internal static class OutboxAssertions
{
    /// <summary>The same steps in the same order, byte for byte.</summary>
    public static void ShouldBeSteps(this IReadOnlyList<OutboxStep> actual, IReadOnlyList<OutboxStep> expected)
    {
        actual.Select(step => step.Id).ShouldBe(expected.Select(step => step.Id));
        actual.Select(step => Convert.ToHexString(step.Payload.Span)).ShouldBe(expected.Select(step => Convert.ToHexString(step.Payload.Span)));
        actual.Select(step => Convert.ToHexString(step.ContentHash.Span)).ShouldBe(expected.Select(step => Convert.ToHexString(step.ContentHash.Span)));
        actual.Select(step => step.Samples).ShouldBe(expected.Select(step => step.Samples));
    }
}
