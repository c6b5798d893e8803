using System.Net.Sockets;
using Npgsql;
using StepCloud.Actors.Ports;
using StepCloud.Api.Settings;
using StepCloud.Storage;

namespace StepCloud.Api.Hosting;

/// <summary>The server cannot start. The message is for whoever started it, and says what to do.</summary>
public sealed class StartException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Puts into words what an operator can mend; null for what is a fault of ours.</summary>
    internal static StartException? For(Exception exception, ServerOptions options) => exception switch
    {
        StartException or SettingException => null,
        PrivatePostgresException or MigrationException or SealBrokenException => new StartException(exception.Message, exception),
        PostgresException postgres => new StartException($"PostgreSQL refused: {postgres.MessageText} ({postgres.SqlState}).", exception),
        StorageException { InnerException: NpgsqlException inner } => For(inner, options),
        NpgsqlException => new StartException($"The database cannot be reached: {exception.Message}.", exception),
        IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException } =>
            new StartException($"HTTP port {options.HttpPort} is in use. Choose another with --http-port.", exception),
        SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } =>
            new StartException($"MQTT port {options.MqttPort} is in use. Choose another with --mqtt-port.", exception),
        SocketException { SocketErrorCode: SocketError.AddressNotAvailable } =>
            new StartException($"This machine has no address {options.Address}.", exception),
        SocketException { SocketErrorCode: SocketError.AccessDenied } =>
            new StartException("Ports below 1024 are not allowed to this user. Choose others with --http-port and --mqtt-port.", exception),
        UnauthorizedAccessException => new StartException($"The data folder {options.Data} cannot be written: {exception.Message}", exception),
        _ => null,
    };
}
