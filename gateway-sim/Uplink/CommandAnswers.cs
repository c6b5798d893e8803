using StepCloud.Contracts.Commands;
using StepCloud.GatewaySim.Machines;
using StepCloud.GatewaySim.Outbox;
using StepCloud.GatewaySim.Wire;

namespace StepCloud.GatewaySim.Uplink;

/// <summary>Does what the gateway is told, as far as a simulated one can: it answers for itself and leaves its machines alone.</summary>
internal sealed class CommandAnswers(DeviceBook devices, StepOutbox outbox, TimeProvider clock)
{
    public CommandAnswerMessage Answer(CommandMessage command)
    {
        if (clock.GetUtcNow() > command.Deadline) return new CommandAnswerMessage(CommandWords.Of(CommandResult.Refused), "It came after its deadline.");
        return command.Name switch
        {
            "ping" => new CommandAnswerMessage(CommandWords.Of(CommandResult.Done), "", new { at = clock.GetUtcNow() }),
            "report" => new CommandAnswerMessage(
                CommandWords.Of(CommandResult.Done), "", new { steps_waiting = outbox.Count, devices = devices.Devices.Select(device => device.Source) }),
            _ => new CommandAnswerMessage(CommandWords.Of(CommandResult.Refused), $"This gateway knows 'ping' and 'report', not '{command.Name}'."),
        };
    }
}
