using Npgsql;

namespace StepCloud.Storage;

/// <summary>A secret that a version before the master key kept in plain, and the key of its row.</summary>
public sealed record PlainSecret(string Name, byte[] Value)
{
    internal static PlainSecret Read(NpgsqlDataReader reader) => new(reader.GetString(0), reader.GetFieldValue<byte[]>(1));
}
