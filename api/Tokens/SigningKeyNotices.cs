using StepCloud.Storage.Notices;

namespace StepCloud.Api.Tokens;

/// <summary>Loads the key ring again when any process has changed the keys: a revoked key verifies nothing from then on.</summary>
internal sealed class SigningKeyNotices(SigningKeys keys) : INoticeHandler
{
    public Task HandleAsync(Notice notice, CancellationToken cancellationToken) =>
        notice.Kind == Notice.SigningKeysChanged ? keys.LoadAsync(cancellationToken) : Task.CompletedTask;

    public Task CatchUpAsync(CancellationToken cancellationToken) => keys.LoadAsync(cancellationToken);
}
