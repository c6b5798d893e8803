using System.Text;
using System.Text.Json.Nodes;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Api.Http;

namespace StepCloud.Tests.Api.Ingress;

/// <summary>What a gateway may do wrong with a step, and what it must be told, on whichever way the step came.</summary>
/// <param name="Code">The refusal's code.</param>
/// <param name="ReasonCode">Of a version 5 PUBACK.</param>
/// <param name="Make">The message, from a step that is right.</param>
internal sealed record BadMessage(string Code, ReasonCode ReasonCode, Func<BadMessage.Setting, Task<byte[]>> Make)
{
    /// <summary>By a sentence that stands in the test's name.</summary>
    public static readonly IReadOnlyDictionary<string, BadMessage> All = new Dictionary<string, BadMessage>
    {
        ["JSON that breaks off"] = Of("malformed_json", setting => setting.Step.Bytes()[..^1]),
        ["nothing"] = Of("malformed_json", _ => []),
        ["bytes that are no UTF-8"] = Of("malformed_json", _ => [(byte)'"', 0xC3, 0x28, (byte)'"']),
        ["a device that nobody announced"] = Of(
            "unknown_device", setting => setting.With("device", Guid.CreateVersion7().ToString()), ReasonCode.ImplementationSpecificError),
        ["a device of another site"] = new(
            "foreign_device", ReasonCode.NotAuthorized, async setting => setting.With("device", (await setting.ForeignDeviceAsync()).ToString())),
        ["NaN as some libraries write it"] = Of("value_not_finite", setting => setting.Replace("-0.25", "NaN")),
        ["NaN as a string"] = Of("value_not_finite", setting => setting.Replace("-0.25", "\"NaN\"")),
        ["NaN as null"] = Of("value_not_finite", setting => setting.Replace("-0.25", "null")),
        ["a time in the far future"] = Of("time_in_future", setting => setting.With("ended", "2126-01-01T00:00:00Z")),
        ["a clock that was never set"] = Of("time_too_old", setting => setting.With("started", "1970-01-01T00:00:07Z")),
        ["times and values of unequal length"] = Of("unequal_length", setting => setting.Replace("[0,100000]", "[0]")),
        ["a step of over 8 MiB"] = Of("too_large", setting => setting.With("logs", Log(new string('x', StepLimits.StepBytesMax)))),
        ["an id of another version"] = Of("id_not_uuid7", setting => setting.With("id", Guid.NewGuid().ToString())),
        ["an id of another time"] = Of("id_time_mismatch", setting => setting.With("id", "01000000-0000-7000-8000-000000000000")),
        ["no device"] = Of("missing_field", setting => setting.With("device", null, remove: true)),
        ["null instead of a device"] = Of("wrong_type", setting => setting.With("device", null)),
        ["a field that there is not"] = Of("unknown_field", setting => setting.With("colour", "red")),
        ["a name of 201 characters"] = Of("too_large", setting => setting.With("label", new string('x', 201))),
        ["U+0000 in a log"] = Of("forbidden_character", setting => setting.With("logs", Log("a\0b"))),
        ["half of a surrogate pair"] = Of("forbidden_character", setting => setting.Replace("Layer 1 Up", "\\ud83d")),
        ["half of a surrogate pair in an id"] = Of("wrong_type", setting => setting.Replace(setting.Device.ToString(), "\\ud83d")),
        ["null"] = Of("wrong_type", _ => "null"u8.ToArray()),
        ["an empty array"] = Of("missing_field", _ => "[]"u8.ToArray()),
        ["the id of another step"] = new(
            "id_reused_with_other_content", ReasonCode.ImplementationSpecificError,
            async setting =>
            {
                JsonObject stored = await setting.Gateway.AddStepAsync(setting.Device);
                stored["label"] = "Something else";
                return stored.Bytes();
            }),
    };

    private static BadMessage Of(string code, Func<Setting, byte[]> make, ReasonCode reasonCode = ReasonCode.PayloadFormatInvalid) =>
        new(code, reasonCode, setting => Task.FromResult(make(setting)));

    private static JsonArray Log(string line) => [new JsonObject { ["kind"] = "debug", ["lines"] = new JsonArray(line) }];

    /// <summary>A gateway and a device of it, and a step that is right until it is changed.</summary>
    internal sealed class Setting(TestGateway gateway, DeviceId device)
    {
        public TestGateway Gateway => gateway;

        public DeviceId Device => device;

        public JsonObject Step { get; } = TestGateway.Step(device);

        public byte[] With(string field, JsonNode? value, bool remove = false)
        {
            if (remove) Step.Remove(field);
            else Step[field] = value;
            return Step.Bytes();
        }

        public byte[] Replace(string old, string by)
        {
            string json = Step.ToJsonString();
            return json.Contains(old) ? Encoding.UTF8.GetBytes(json.Replace(old, by)) : throw new ArgumentException($"{old} is not in {json}", nameof(old));
        }

        public async Task<DeviceId> ForeignDeviceAsync() => await (await gateway.Server.AddGatewayAsync(gateway.Server.Other)).AddDeviceAsync();
    }
}
