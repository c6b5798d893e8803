using System.ComponentModel.DataAnnotations;

namespace StepCloud.Actors.Gateways;

public sealed class CommandOptions
{
    public const string Section = "Commands";

    /// <summary>Commands that may wait for one gateway or for its answers. People send a few; more is a loop somewhere.</summary>
    [Range(1, 10_000)]
    public int OpenPerGatewayMax { get; set; } = 100;
}
