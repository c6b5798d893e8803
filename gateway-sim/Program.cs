using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using StepCloud.GatewaySim.Commands;

// What is to be read by a program goes to the standard output; what happens on the way, to the standard error.
using ILoggerFactory loggers = LoggerFactory.Create(logging => logging
    .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace)
    .AddSimpleConsole(format =>
    {
        format.SingleLine = true;
        format.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
        format.UseUtcTimestamp = true;
    }));
using CancellationTokenSource stop = new();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

CommandContext context = new(Console.Out, loggers.CreateLogger("gateway-sim"), TimeProvider.System);
return await CommandLine.RunAsync(args, context, Console.Error, stop.Token);

// The first signal asks; the second has its usual effect.
void Stop(PosixSignalContext signal)
{
    signal.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}
