using System.Net;
using Microsoft.Extensions.Logging;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Host;

if (HostOptions.Parse(args) is not { } options)
{
    Console.Error.WriteLine(HostOptions.Usage);
    return 2;
}

// The suites open many sessions as one and the same nobody, and send one message more than our Receive Maximum to see what happens.
MqttServerOptions limits = new()
{
    KeepAliveMax = TimeSpan.FromSeconds(60),
    ConnectionsPerIdentityMax = 1_000_000,
    SubscriptionsPerSessionMax = 1_000,
    ReceiveMaximum = 100,
};
using var logging = LoggerFactory.Create(builder => builder.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(options.LogLevel));
await using var server = new MqttServer(
    limits,
    new ConformanceAccess().ToPorts(),
    TimeProvider.System,
    logging.CreateLogger<MqttServer>());
await server.StartAsync();
var endpoint = server.Listen(new() { EndPoint = new IPEndPoint(options.Address, options.Port) });
await Warmup.RunAsync(endpoint);
Console.WriteLine($"MQTT on {endpoint}");

var stopped = new TaskCompletionSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stopped.TrySetResult();
};
AppDomain.CurrentDomain.ProcessExit += (_, _) => stopped.TrySetResult();
await (options.ReportsMemory ? Task.WhenAny(stopped.Task, MemoryReport.AnswerAsync(server)) : stopped.Task);
return 0;
