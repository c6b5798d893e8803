using Microsoft.Extensions.Logging;

namespace StepCloud.GatewaySim.Commands;

/// <summary>What the commands need of their surroundings.</summary>
internal sealed class CommandContext(TextWriter output, ILogger logger, TimeProvider clock)
{
    /// <summary>An HTTP call that takes longer is as good as refused; the gateway tries again.</summary>
    private static readonly TimeSpan HttpTimeout = TimeSpan.FromSeconds(20);

    public TextWriter Output => output;

    public ILogger Logger => logger;

    public TimeProvider Clock => clock;

    public void Say(string line) => output.WriteLine(line);

    public HttpClient Http(Uri server) => new() { BaseAddress = server, Timeout = HttpTimeout };
}
