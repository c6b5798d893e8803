using System.Net;
using Microsoft.Extensions.Logging;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Host;

if (HostOptions.Parse(args) is not { } options)
{
    Console.Error.WriteLine(HostOptions.Usage);
    return 2;
}

using var logging = LoggerFactory.Create(builder => builder.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(options.LogLevel));
await using var server = new MqttServer(
    new MqttServerOptions { KeepAliveMax = TimeSpan.FromSeconds(60), ConnectionsPerIdentityMax = 1_000_000, SubscriptionsPerSessionMax = 1_000 },
    new ConformanceAccess().ToPorts(),
    TimeProvider.System,
    logging.CreateLogger<MqttServer>());
await server.StartAsync();
var endpoint = server.Listen(new() { EndPoint = new IPEndPoint(options.Address, options.Port) });
Console.WriteLine($"MQTT on {endpoint}");

var stopped = new TaskCompletionSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stopped.TrySetResult();
};
AppDomain.CurrentDomain.ProcessExit += (_, _) => stopped.TrySetResult();
await stopped.Task;
return 0;
