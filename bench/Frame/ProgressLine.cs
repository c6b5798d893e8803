using Spectre.Console;

namespace StepCloud.Bench.Frame;

/// <summary>Tells on the standard error where the run is: one changing line on a terminal, lines anywhere else.</summary>
internal sealed class ProgressLine : IAsyncDisposable
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _shown = Task.CompletedTask;
    private StatusContext? _status;

    public static ProgressLine Start()
    {
        var progress = new ProgressLine();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        if (console.Profile.Out.IsTerminal && console.Profile.Capabilities.Interactive)
        {
            progress._shown = console.Status().StartAsync("Starting ...", status =>
            {
                progress._status = status;
                return progress._ended.Task;
            });
        }

        return progress;
    }

    public void Say(string text)
    {
        if (_status is { } status) status.Status(Markup.Escape(text));
        else Console.Error.WriteLine(text);
    }

    public async ValueTask DisposeAsync()
    {
        _ended.TrySetResult();
        await _shown;
    }
}
