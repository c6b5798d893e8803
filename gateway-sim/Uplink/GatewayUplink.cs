using Microsoft.Extensions.Logging;
using StepCloud.Contracts.Ids;
using StepCloud.GatewaySim.Machines;
using StepCloud.GatewaySim.Outbox;
using StepCloud.GatewaySim.Running;
using StepCloud.GatewaySim.Server;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;

namespace StepCloud.GatewaySim.Uplink;

/// <summary>Keeps a gateway connected and its outbox flowing: token, connection, announcement, steps, and all of it again after a loss.</summary>
internal sealed partial class GatewayUplink(
    GatewayId gateway, ServerApi server, GatewayTokens tokens, DeviceBook devices, StepOutbox outbox, StepSender sender, StepAnswers answers, RunningWork work,
    Tally tally, UplinkOptions options, TimeProvider clock, ILogger logger)
{
    private readonly Backoff _backoff = new(options.ReconnectFirst, options.ReconnectMax, Random.Shared);
    private bool _hasToldVersions;

    /// <summary>Which of the servers is tried next.</summary>
    private uint _next = (uint)gateway.GetHashCode();

    /// <summary>Until it is cancelled; then it says goodbye.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            long began = clock.GetTimestamp();
            string? trouble = await TryServeAsync(cancellationToken);
            outbox.ReturnInFlight();
            if (trouble is null)
                continue;
            if (clock.GetElapsedTime(began) >= options.StableAfter)
                _backoff.Reset();
            TimeSpan wait = _backoff.Next();
            LogTrouble(gateway, trouble, wait.TotalSeconds);
            await Task.Delay(wait, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>What ended the connection or prevented it, in words for the log; null when it was ended on purpose.</returns>
    private async Task<string?> TryServeAsync(CancellationToken cancellationToken)
    {
        try
        {
            string token = await tokens.GetAsync(cancellationToken);
            if (!_hasToldVersions) await TellVersionsAsync(token, cancellationToken);
            await using GatewayConnection connection = await GatewayConnection.OpenAsync(
                options, options.Servers[(int)(_next++ % (uint)options.Servers.Count)], gateway, token, answers.Notice, new CommandAnswers(devices, outbox, clock).Answer, clock, logger, cancellationToken);
            return await ServeAsync(connection, token, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (MqttConnectRefusedException refused)
        {
            if (IsAboutTheToken(refused.ConnAck.ReasonCode))
                tokens.Discard();
            return refused.Message;
        }
        catch (ServerRefusedException refused)
        {
            return refused.IsTransient
                ? $"no access token: {refused.Message}"
                : $"the refresh token is not taken, the gateway has to be enrolled again: {refused.Message}";
        }
        catch (MqttConnectionLostException lost)
        {
            return $"{lost.Message} {lost.InnerException?.Message}".TrimEnd();
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return $"no access token: {e.Message}";
        }
    }

    /// <summary>Once at each start. Steps do not wait for it: what is not taken now is told at the next start.</summary>
    private async Task TellVersionsAsync(string token, CancellationToken cancellationToken)
    {
        _hasToldVersions = true;
        try
        {
            await server.TellVersionsAsync(token, SimulatedVersions.Software, SimulatedVersions.Hardware, cancellationToken);
        }
        catch (Exception e) when (e is ServerRefusedException or HttpRequestException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            LogVersionsNotTold(gateway, e.Message);
        }
    }

    private async Task<string?> ServeAsync(GatewayConnection connection, string token, CancellationToken cancellationToken)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task working = WorkAsync(connection, stop.Token);
        Task renewing = RenewTokenAsync(token, stop.Token);
        await Task.WhenAny(working, renewing, connection.Closed);
        await stop.CancelAsync();
        try
        {
            await Task.WhenAll(working, renewing);
        }
        catch (Exception e) when (e is OperationCanceledException or MqttConnectionLostException)
        {
            // By the caller, by the new token or by the end of the connection: told apart below.
        }
        bool isOurs = cancellationToken.IsCancellationRequested || renewing.IsCompletedSuccessfully;
        if (isOurs && !connection.Closed.IsCompleted)
        {
            await LeaveAsync(connection, comesBack: !cancellationToken.IsCancellationRequested);
            return null;
        }
        ConnectionClosed end = await connection.Closed;
        if (end.ReasonCode is { } code && IsAboutTheToken(code))
            tokens.Discard();
        return $"connection lost: {end.ReasonCode?.ToString() ?? end.Cause?.Message ?? "closed by the server"} {end.ReasonString}".TrimEnd();
    }

    private async Task WorkAsync(GatewayConnection connection, CancellationToken cancellationToken)
    {
        SubAckPacket subAck = await connection.SubscribeAsync(cancellationToken);
        foreach (ReasonCode refused in subAck.ReasonCodes.Where(code => code.IsFailure()))
            LogNotSubscribed(gateway, refused);
        await connection.SayOnlineAsync(cancellationToken);
        await AnnounceAsync(connection, cancellationToken);
        LogOnline(gateway, outbox.Count);
        tally.CountOnline(1);
        try
        {
            await Together.RunAsync([token => sender.RunAsync(connection, token), token => TellAsync(connection, token)], cancellationToken);
        }
        finally
        {
            tally.CountOnline(-1);
        }
    }

    private async Task TellAsync(GatewayConnection connection, CancellationToken cancellationToken)
    {
        if (options.TelemetryInterval is not { } interval) return;
        using PeriodicTimer timer = new(interval, clock);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            if (work.TakeNews() is { } news) await connection.SendTelemetryAsync(news, cancellationToken);
        }
    }

    /// <summary>Completes when there is a newer token than the connection's, with which to come back before the server ends it.</summary>
    private async Task RenewTokenAsync(string token, CancellationToken cancellationToken)
    {
        TimeSpan wait = RenewalWait();
        while (true)
        {
            await Task.Delay(wait, clock, cancellationToken);
            try
            {
                // The same one still, when the timer was a little early.
                if (await tokens.GetAsync(cancellationToken) != token)
                    return;
                wait = RenewalWait();
            }
            catch (Exception e) when (e is ServerRefusedException or HttpRequestException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
            {
                LogRenewalFailed(gateway, e.Message);
                wait = options.ReconnectMax;
            }
        }
    }

    private TimeSpan RenewalWait() => TimeSpan.FromTicks(Math.Max(tokens.RenewalDueIn.Ticks, options.RenewalIntervalMin.Ticks));

    private async Task AnnounceAsync(GatewayConnection connection, CancellationToken cancellationToken)
    {
        if (devices.Devices.Count == 0)
            return;
        PublishResult answer = await connection.AnnounceAsync(devices.Devices, cancellationToken);
        if (!answer.IsSuccess)
            LogAnnouncementRefused(gateway, answer.ReasonCode, answer.ReasonString ?? "");
    }

    private async Task LeaveAsync(GatewayConnection connection, bool comesBack)
    {
        using CancellationTokenSource patience = new(options.GoodbyeMax, clock);
        try
        {
            if (!comesBack)
                await connection.SayOfflineAsync(patience.Token);
            await connection.DisconnectAsync(patience.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or MqttConnectionLostException)
        {
            // The Will says the same a little later.
        }
    }

    // An expired or revoked token: MQTT 5.0 §3.2.2.2 at CONNECT, §3.14.2.1 later.
    private static bool IsAboutTheToken(ReasonCode code) => code is ReasonCode.BadUserNameOrPassword or ReasonCode.NotAuthorized;

    [LoggerMessage(5020, LogLevel.Information, "Gateway {Gateway} is online, {Waiting} steps wait")]
    private partial void LogOnline(GatewayId gateway, int waiting);

    [LoggerMessage(5021, LogLevel.Warning, "Gateway {Gateway}: {Trouble}; next attempt in {Seconds:F1} s")]
    private partial void LogTrouble(GatewayId gateway, string trouble, double seconds);

    [LoggerMessage(5022, LogLevel.Warning, "Gateway {Gateway}: the server refused the announcement of its devices: {ReasonCode} {Reason}")]
    private partial void LogAnnouncementRefused(GatewayId gateway, ReasonCode reasonCode, string reason);

    [LoggerMessage(5023, LogLevel.Warning, "Gateway {Gateway}: the access token cannot be renewed yet: {Reason}")]
    private partial void LogRenewalFailed(GatewayId gateway, string reason);

    [LoggerMessage(5025, LogLevel.Warning, "Gateway {Gateway}: the server does not take what it runs: {Reason}")]
    private partial void LogVersionsNotTold(GatewayId gateway, string reason);

    [LoggerMessage(5024, LogLevel.Warning, "Gateway {Gateway}: the server does not let it read its errors or commands: {ReasonCode}")]
    private partial void LogNotSubscribed(GatewayId gateway, ReasonCode reasonCode);
}
