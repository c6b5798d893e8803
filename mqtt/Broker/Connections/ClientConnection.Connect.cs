using Microsoft.Extensions.Logging;
using StepCloud.Mqtt.Broker.Sessions;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Broker.Connections;

/// <summary>From CONNECT to CONNACK, and the AUTH exchanges before and after (MQTT 5.0 §3.1.4, §4.12).</summary>
internal sealed partial class ClientConnection
{
    /// <summary>Null but during an exchange before the CONNACK.</summary>
    private Exchange? _exchange;

    /// <summary>Null but during an exchange of a connected client.</summary>
    private Renewal? _renewal;
    private string? _authenticationMethod;

    /// <summary>Where the client's connections follow each other; null before it has claimed its place.</summary>
    public ClientSlot? Slot { get; set; }

    /// <summary>Whom the connection is counted for; set when it claims its slot.</summary>
    public string? IdentityKey { get; set; }

    /// <summary>Whether the application knows of this connection.</summary>
    public bool IsAnnounced { get; private set; }

    private async ValueTask ConnectAsync(ConnectPacket connect)
    {
        _decoder = _controlDecoder = _decoder with { Version = connect.Version };
        _sender = new ClientSender(_outbox, connect, _core.Options.InFlightMax, _core.Options.TopicAliasMaximum) { Clock = _core.Clock };
        _authenticationMethod = connect.AuthenticationMethod;
        bool isAssigned = connect.ClientIdentifier.Length == 0;
        var exchange = new Exchange(connect, isAssigned ? $"auto-{Guid.NewGuid():N}" : connect.ClientIdentifier, isAssigned);
        await GoOnAsync(exchange, new AuthenticationRequest
        {
            Step = AuthenticationStep.Connect,
            ClientIdentifier = exchange.ClientIdentifier,
            ClientIdentifierIsAssigned = isAssigned,
            Version = connect.Version,
            RemoteEndPoint = _link.RemoteEndPoint,
            IsEncrypted = _link.IsEncrypted,
            UserName = connect.UserName,
            Password = connect.Password,
            Method = connect.AuthenticationMethod,
            Data = connect.AuthenticationData,
            Will = connect.Will,
            UserProperties = connect.UserProperties,
        });
    }

    private async ValueTask ContinueConnectAsync(AuthPacket auth)
    {
        var exchange = _exchange!;
        _exchange = null;
        if (auth.ReasonCode != ReasonCode.ContinueAuthentication || auth.AuthenticationMethod != _authenticationMethod)
        {
            RefuseConnect(exchange.Connect.Version, ReasonCode.ProtocolError, "AUTH does not go on with the exchange [MQTT-4.12.0-3].");
            return;
        }

        await GoOnAsync(exchange, Request(AuthenticationStep.Continue, exchange.ClientIdentifier, auth, exchange.State));
    }

    private async ValueTask GoOnAsync(Exchange exchange, AuthenticationRequest request)
    {
        switch (await AuthenticateAsync(request))
        {
            case AuthenticationOutcome.Accepted accepted:
                await AcceptAsync(exchange, accepted);
                break;
            case AuthenticationOutcome.Refused refused:
                RefuseConnect(exchange.Connect.Version, refused.ReasonCode, refused.ReasonString);
                break;
            case AuthenticationOutcome.Continue more when _authenticationMethod is not null:
                _exchange = exchange with { State = more.State };
                _state = State.Authenticating;
                SendAuth(ReasonCode.ContinueAuthentication, more.Data);
                break;
            default:
                RefuseConnect(exchange.Connect.Version, ReasonCode.BadAuthenticationMethod, "The CONNECT has no Authentication Method.");
                break;
        }
    }

    private async ValueTask AcceptAsync(Exchange exchange, AuthenticationOutcome.Accepted accepted)
    {
        var connect = exchange.Connect;
        var client = new ConnectedClient(accepted.Identity)
        {
            ConnectionId = Id,
            ClientIdentifier = exchange.ClientIdentifier,
            Version = connect.Version,
            RemoteEndPoint = _link.RemoteEndPoint,
            IsEncrypted = _link.IsEncrypted,
            ConnectedAt = _core.Clock.Time.GetUtcNow(),
            CredentialsExpireAt = accepted.ExpiresAt,
        };
        if (connect.Will is { } will && _core.Authorizer.AuthorizePublish(client, will.Topic, will.Qos, will.Retain) is { IsAllowed: false } refusal)
        {
            RefuseConnect(connect.Version, refusal.ReasonCode, refusal.ReasonString ?? "The Will is not authorized.");
            return;
        }

        var opened = await OpenSessionAsync(client, connect, accepted.Limits);
        if (opened.Session is not { } session)
        {
            RefuseConnect(connect.Version, opened.ReasonCode, opened.ReasonString);
            return;
        }

        // Not before the session is ours: whoever closes this connection now finds what is to be released.
        _client = client;
        _session = session;
        if (IsClosing) return;
        int perSecond = accepted.Limits?.PublishesPerSecondMax ?? _core.Options.PublishesPerSecondMax;
        _rate = _core.Identities.RateOf(accepted.Identity.Key, perSecond, _core.Clock.Milliseconds);
        _keepAlive = KeepAliveOf(connect, out bool isOurs);
        _decoder = _decoder with { MaximumPacketSize = (uint)_core.Options.PacketBytesMax };
        _controlDecoder = _decoder with { MaximumPacketSize = (uint)Math.Min(_core.Options.PacketBytesMax, _core.Options.ControlPacketBytesMax) };
        IsAnnounced = true;
        _core.Observer?.Connected(client, opened.IsPresent);
        LogConnected(_core.Logger, Id, client.ClientIdentifier, accepted.Identity.Key, _link.RemoteEndPoint);
        _sender!.Send(Answer(exchange, opened.IsPresent, session, accepted.Data, isOurs));
        _state = State.Connected;
        session.Attach(_sender);
    }

    private async ValueTask<OpenOutcome> OpenSessionAsync(ConnectedClient client, ConnectPacket connect, ClientLimits? limits)
    {
        try
        {
            return await _core.Registry.OpenAsync(this, client, connect, limits);
        }
        catch (Exception exception)
        {
            LogSessionNotOpened(_core.Logger, Id, exception);
            return new OpenOutcome(null, false, ReasonCode.ServerUnavailable, "The session cannot be opened now.");
        }
    }

    private ConnAckPacket Answer(Exchange exchange, bool isPresent, Session session, ReadOnlyMemory<byte>? data, bool keepAliveIsOurs)
    {
        var expiry = (uint)session.ExpiryInterval.TotalSeconds;
        return new ConnAckPacket
        {
            SessionPresent = isPresent,
            SessionExpiryInterval = expiry == exchange.Connect.SessionExpiryInterval ? null : expiry,
            ReceiveMaximum = (ushort)_core.Options.ReceiveMaximum,
            MaximumPacketSize = (uint)_core.Options.PacketBytesMax,
            AssignedClientIdentifier = exchange.IsAssigned ? exchange.ClientIdentifier : null,
            TopicAliasMaximum = (ushort)_core.Options.TopicAliasMaximum,
            ServerKeepAlive = keepAliveIsOurs ? (ushort)_keepAlive.TotalSeconds : null,
            AuthenticationMethod = _authenticationMethod,
            AuthenticationData = data,
        };
    }

    /// <summary>Ours holds where a version 5 client asks for a longer one, or for none (MQTT 5.0 §3.2.2.3.14).</summary>
    private TimeSpan KeepAliveOf(ConnectPacket connect, out bool isOurs)
    {
        var wanted = TimeSpan.FromSeconds(connect.KeepAlive);
        isOurs = connect.Version == MqttVersion.V500 && (wanted == TimeSpan.Zero || wanted > _core.Options.KeepAliveMax);
        return isOurs ? _core.Options.KeepAliveMax : wanted;
    }

    private void RefuseConnect(MqttVersion version, ReasonCode reasonCode, string? reasonString)
    {
        _sender ??= new ClientSender(_outbox, new ConnectPacket { Version = version }, 1, 0) { Clock = _core.Clock };
        LogRefused(_core.Logger, Id, reasonCode, reasonString);
        _core.Metrics.ConnectionRefused(reasonCode);
        if (version == MqttVersion.V500 || !IsSilent(reasonCode))
            _sender.Send(new ConnAckPacket { ReasonCode = SayableReason.InConnAck(reasonCode), ReasonString = reasonString });
        Close(new DisconnectCause(DisconnectedBy.Server, reasonCode, reasonString));
    }

    /// <summary>A CONNECT of 3.1.1 that does not conform gets no CONNACK [MQTT-3.1.4-1].</summary>
    private static bool IsSilent(ReasonCode reasonCode) =>
        reasonCode is ReasonCode.MalformedPacket or ReasonCode.ProtocolError or ReasonCode.PacketTooLarge;

    private async ValueTask ReAuthenticateAsync(AuthPacket auth)
    {
        bool begins = auth.ReasonCode == ReasonCode.ReAuthenticate && _renewal is null;
        bool goesOn = auth.ReasonCode == ReasonCode.ContinueAuthentication && _renewal is not null;
        if (_authenticationMethod is null || auth.AuthenticationMethod != _authenticationMethod || !(begins || goesOn))
        {
            Close(new DisconnectCause(DisconnectedBy.Server, ReasonCode.ProtocolError, "AUTH out of turn, or by another method [MQTT-4.12.1-1]."));
            return;
        }

        // Messages read before the AUTH are judged by who the client was then.
        var request = Request(begins ? AuthenticationStep.ReAuthenticate : AuthenticationStep.Continue, _client!.ClientIdentifier, auth, _renewal?.State);
        _renewal = null;
        switch (await AuthenticateAsync(request))
        {
            case AuthenticationOutcome.Accepted accepted when accepted.Identity.Key == _client.Identity.Key:
                _client.Identity = accepted.Identity;
                _client.CredentialsExpireAt = accepted.ExpiresAt;
                SendAuth(ReasonCode.Success, accepted.Data);
                break;
            case AuthenticationOutcome.Continue more:
                _renewal = new Renewal(more.State);
                SendAuth(ReasonCode.ContinueAuthentication, more.Data);
                break;
            case AuthenticationOutcome.Refused refused:
                Close(new DisconnectCause(DisconnectedBy.Server, refused.ReasonCode, refused.ReasonString));
                break;
            default:
                Close(new DisconnectCause(DisconnectedBy.Server, ReasonCode.NotAuthorized, "The credentials are another identity's."));
                break;
        }
    }

    private void SendAuth(ReasonCode reasonCode, ReadOnlyMemory<byte>? data) => _sender!.Send(new AuthPacket
    {
        ReasonCode = reasonCode,
        AuthenticationMethod = _authenticationMethod,
        AuthenticationData = data,
    });

    private AuthenticationRequest Request(AuthenticationStep step, string clientIdentifier, AuthPacket auth, object? state) => new()
    {
        Step = step,
        ClientIdentifier = clientIdentifier,
        Version = MqttVersion.V500,
        RemoteEndPoint = _link.RemoteEndPoint,
        IsEncrypted = _link.IsEncrypted,
        Method = auth.AuthenticationMethod,
        Data = auth.AuthenticationData,
        State = state,
        Identity = _client?.Identity,
        UserProperties = auth.UserProperties,
    };

    private async ValueTask<AuthenticationOutcome> AuthenticateAsync(AuthenticationRequest request)
    {
        _core.Metrics.AuthenticationBegins();
        long began = _core.Clock.Time.GetTimestamp();
        AuthenticationOutcome? outcome = null;
        try
        {
            return outcome = await AskAuthenticatorAsync(request);
        }
        finally
        {
            _core.Metrics.AuthenticationEnds(_core.Clock.Time.GetElapsedTime(began), outcome);
        }
    }

    /// <summary>Waits its turn among the many that may connect at once; a fault of the authenticator refuses.</summary>
    private async ValueTask<AuthenticationOutcome> AskAuthenticatorAsync(AuthenticationRequest request)
    {
        using var timeout = new CancellationTokenSource(_core.Options.ConnectTimeout, _core.Clock.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _core.Stopping);
        bool entered = false;
        try
        {
            await _core.Authentications.WaitAsync(stop.Token);
            entered = true;
            return await _core.Authenticator.AuthenticateAsync(request, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return new AuthenticationOutcome.Refused(ReasonCode.ServerBusy, "The credentials could not be checked in time.");
        }
        catch (Exception exception)
        {
            LogAuthenticatorFailed(_core.Logger, Id, exception);
            return new AuthenticationOutcome.Refused(ReasonCode.ServerUnavailable, "The credentials cannot be checked now.");
        }
        finally
        {
            if (entered) _core.Authentications.Release();
        }
    }

    private sealed record Exchange(ConnectPacket Connect, string ClientIdentifier, bool IsAssigned)
    {
        /// <summary>What the authenticator wants to see again.</summary>
        public object? State { get; init; }
    }

    /// <param name="State">What the authenticator wants to see again.</param>
    private sealed record Renewal(object? State);

    [LoggerMessage(1010, LogLevel.Debug, "Connection {Id}: client {ClientIdentifier} of {Identity} from {Remote}")]
    private static partial void LogConnected(ILogger logger, long id, string clientIdentifier, string identity, System.Net.EndPoint? remote);

    [LoggerMessage(1011, LogLevel.Debug, "Connection {Id} was refused: {ReasonCode} {Reason}")]
    private static partial void LogRefused(ILogger logger, long id, ReasonCode reasonCode, string? reason);

    [LoggerMessage(1013, LogLevel.Error, "Connection {Id}: the session could not be opened")]
    private static partial void LogSessionNotOpened(ILogger logger, long id, Exception exception);

    [LoggerMessage(1012, LogLevel.Error, "Connection {Id}: the authenticator failed")]
    private static partial void LogAuthenticatorFailed(ILogger logger, long id, Exception exception);
}
