using System.Security.Cryptography;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;

namespace StepCloud.Storage.Registry;

/// <summary>A picture of a device model.</summary>
/// <param name="Hash">SHA-256 of the content.</param>
public sealed record ModelPicture(string MediaType, byte[] Content, byte[] Hash);

/// <summary>Pictures of device models. A new one, and one that is taken away, is a new version of its model, and an entry of the audit.</summary>
public sealed class ModelPictures(StepCloudDatabase database, TimeProvider clock)
{
    private static readonly RegistryEntity Model = Entities.DeviceModel;

    /// <returns>Null when there is no such model, or it has no picture.</returns>
    public Task<ModelPicture?> FindAsync(Guid model, CancellationToken cancellationToken) =>
        database.FirstAsync(Select("p.content", model), reader => Read(reader, reader.GetFieldValue<byte[]>(1)), cancellationToken);

    /// <param name="version">Of the model, which the caller has seen; null for whatever stands there.</param>
    /// <param name="content">Checked to be of that type.</param>
    /// <returns>The model as it stands now.</returns>
    public Task<RegistryOutcome> ReplaceAsync(
        Guid model, long? version, string mediaType, byte[] content, AuditDoer doer, CancellationToken cancellationToken)
    {
        ModelPicture picture = new(mediaType, content, SHA256.HashData(content));
        return ChangeAsync(
            model, version, picture,
            new Sql(
                """
                INSERT INTO device_model_picture (model_id, media_type, content) VALUES ($1, $2, $3)
                ON CONFLICT (model_id) DO UPDATE SET media_type = excluded.media_type, content = excluded.content
                """,
                model, mediaType, content),
            doer, cancellationToken);
    }

    /// <returns>The model as it stands now; it need not have had one.</returns>
    public Task<RegistryOutcome> RemoveAsync(Guid model, long? version, AuditDoer doer, CancellationToken cancellationToken) =>
        ChangeAsync(model, version, null, new Sql("DELETE FROM device_model_picture WHERE model_id = $1", model), doer, cancellationToken);

    private Task<RegistryOutcome> ChangeAsync(
        Guid model, long? version, ModelPicture? picture, Sql write, AuditDoer doer, CancellationToken cancellationToken) =>
        database.InTransactionAsync<RegistryOutcome>(
            doer,
            async transaction =>
            {
                RegistryRow? row = await RegistryWrites.LockAsync(transaction, Model, model, organization: null, cancellationToken);
                if (row is null) return RegistryOutcome.NotFound.Instance;
                if (version is { } seen && seen != row.Version) return new RegistryOutcome.Stale(row.Version);
                if (RegistryWrites.IsArchived(Model, row)) return RegistryOutcome.IsArchived.Instance;
                // Of the bytes, their number is enough here.
                Described? old = await transaction.FirstAsync(
                    Select("octet_length(p.content)", model), reader => Describe(Read(reader, []), reader.GetInt32(1)), cancellationToken);
                Described? now = picture is null ? null : Describe(picture, picture.Content.Length);
                if (old == now) return new RegistryOutcome.Done(row);

                DateTimeOffset at = clock.GetUtcNow();
                await transaction.ExecuteAsync(write, cancellationToken);
                await transaction.ExecuteAsync(
                    new Sql("UPDATE device_model SET picture_hash = $2::bytea, updated_at = $3 WHERE id = $1", model, picture?.Hash, at), cancellationToken);
                row = await RegistryWrites.ReadAsync(transaction, Model, model, cancellationToken);
                await AuditTrail.AppendAsync(
                    transaction, at,
                    new NewAuditEntry(
                        null, doer, AuditActions.Changed(Model.Name), new AuditSubject(Model.Name, model),
                        AuditValues.Of(new { Picture = old }), AuditValues.Of(new { Picture = now })),
                    cancellationToken);
                return new RegistryOutcome.Done(row);
            },
            cancellationToken);

    private static Sql Select(string content, Guid model) => new(
        $"SELECT p.media_type, {content}, m.picture_hash FROM device_model_picture AS p JOIN device_model AS m ON m.id = p.model_id WHERE m.id = $1", model);

    private static ModelPicture Read(Npgsql.NpgsqlDataReader reader, byte[] content) => new(reader.GetString(0), content, reader.GetFieldValue<byte[]>(2));

    private static Described Describe(ModelPicture picture, int bytes) => new(picture.MediaType, bytes, Convert.ToHexStringLower(picture.Hash));

    /// <summary>A picture as the audit has it.</summary>
    private sealed record Described(string MediaType, int Bytes, string Sha256);
}
