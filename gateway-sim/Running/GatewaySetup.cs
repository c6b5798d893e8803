using Microsoft.Extensions.Logging;
using StepCloud.GatewaySim.Outbox;
using StepCloud.GatewaySim.Server;
using StepCloud.GatewaySim.Uplink;

namespace StepCloud.GatewaySim.Running;

/// <summary>What the gateways of a process have in common.</summary>
public sealed record GatewaySetup(ServerApi Server, UplinkOptions Uplink, OutboxOptions Outbox, Tally Tally, TimeProvider Clock, ILogger Logger);
