using System.Reflection;
using Shouldly;
using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;
using Xunit;

namespace StepCloud.Tests.Mqtt.Codec;

/// <summary>Every malformed form of the two standards, by its clause, with its answer.</summary>
public sealed class MalformedTests
{
    private static readonly IReadOnlyList<MalformedCase> s_cases =
    [
        .. MalformedFixedHeader.Cases, .. MalformedConnect.Cases, .. MalformedConnAck.Cases, .. MalformedPublish.Cases,
        .. MalformedAcks.Cases, .. MalformedSubscribe.Cases, .. MalformedDisconnect.Cases,
    ];

    public static TheoryData<string> Names => [.. s_cases.Select(one => one.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Refused(string name)
    {
        var one = s_cases.Single(candidate => candidate.Name == name);
        var result = Wire.Decode(Wire.Bytes(one.Text), one.Version, one.Role, out var packet, one.MaximumPacketSize);

        result.Status.ShouldBe(DecodeStatus.Refused);
        result.Violation.ShouldBe(one.Violation);
        result.Violation!.ReasonCode.ShouldBe(one.Answer);
        result.Version.ShouldBe(one.AnswerIn);
        result.Length.ShouldBe(0);
        packet.Type.ShouldBe(ControlPacketType.None);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Never_refused_before_the_bytes_that_are_wrong_are_there(string name)
    {
        // What the fixed header alone gives away has no body in its case; all others need the whole packet.
        var one = s_cases.Single(candidate => candidate.Name == name);
        var bytes = Wire.Bytes(one.Text);
        for (var length = 0; length < bytes.Length; length++)
        {
            var result = Wire.Decode(bytes.AsMemory(0, length), one.Version, one.Role, out _, one.MaximumPacketSize);
            result.Status.ShouldBe(DecodeStatus.NeedMore, $"after {length} of {bytes.Length} bytes");
        }
    }

    [Fact]
    public void Every_violation_has_a_case_in_each_version_that_knows_it()
    {
        foreach (var property in typeof(Violations).GetProperties(BindingFlags.Public | BindingFlags.Static))
        {
            var violation = (Violation)property.GetValue(null)!;
            if (violation.Clause311 is not null) ShouldHaveCase(property.Name, violation, MqttVersion.V311);
            if (violation.Clause500 is not null) ShouldHaveCase(property.Name, violation, MqttVersion.V500);
        }
    }

    [Fact]
    public void Every_title_begins_with_the_clause_that_the_refusal_names()
    {
        foreach (var one in s_cases)
        {
            var version = one.Version ?? one.AnswerIn;
            string?[] clauses = version switch
            {
                MqttVersion.V311 => [one.Violation.Clause311],
                MqttVersion.V500 => [one.Violation.Clause500],
                _ => [one.Violation.Clause311, one.Violation.Clause500],
            };
            clauses.ShouldContain(one.Title.Split(' ')[0], one.Name);
        }
    }

    private static void ShouldHaveCase(string name, Violation violation, MqttVersion version) =>
        s_cases.ShouldContain(
            one => one.Violation == violation && (one.Version ?? one.AnswerIn ?? version) == version,
            $"{name} has no case in {version}");
}
