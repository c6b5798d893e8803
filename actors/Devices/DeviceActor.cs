using StepCloud.Actors.Hosting;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Ids;

namespace StepCloud.Actors.Devices;

/// <summary>A device's twin, kept up to date by what its gateway commits and, after a gap, from the store.</summary>
/// <remarks>The document is a shortcut for the next activation. It is written seldom, and may be deleted at any time.</remarks>
public class DeviceActor(DeviceId id, IEventStore events, IActorStateStore stateStore) : IDevice, IActivated
{
    /// <summary>Of its document.</summary>
    public const string DocumentKind = "device";

    /// <summary>Steps folded between two writes of the document: a restart reads at most about so many again.</summary>
    public const int StepsPerWrite = 1000;

    /// <summary>Steps read from the store at a time while catching up.</summary>
    public const int CatchUpPage = 500;

    private readonly ActorDocument<DeviceDocument> _document = new(stateStore, DocumentKind, id.ToString());
    private DeviceFold _fold = new(DeviceTwin.Empty);
    private long _foldedAtWrite;

    public async Task ActivateAsync(CancellationToken cancellationToken)
    {
        await _document.LoadAsync(cancellationToken);
        DeviceTwin twin = _document.State.Twin ?? DeviceTwin.Empty;
        _fold = new DeviceFold(twin);
        _foldedAtWrite = twin.StepsStored;
        await CatchUpAsync(cancellationToken);
    }

    public Task DeactivateAsync(CancellationToken cancellationToken) => WriteAsync(1, cancellationToken);

    public async Task StepsCommittedAsync(CommittedSteps committed, CancellationToken cancellationToken)
    {
        bool upToDate = committed.Steps.Count > 0 && committed.Steps[^1].Position <= _fold.Position;
        if (upToDate) return;
        if (committed.After == _fold.Position)
        {
            foreach (CommittedStepHead step in committed.Steps) _fold.Apply(step);
        }
        else
        {
            await CatchUpAsync(cancellationToken);
        }

        await WriteAsync(StepsPerWrite, cancellationToken);
    }

    public Task<DeviceTwin> GetTwinAsync(CancellationToken cancellationToken) => Task.FromResult(_fold.Snapshot());

    private async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<CommittedStepHead> page;
        do
        {
            page = await events.ReadAfterAsync(id, _fold.Position, CatchUpPage, cancellationToken);
            foreach (CommittedStepHead step in page) _fold.Apply(step);
        }
        while (page.Count == CatchUpPage);
    }

    private async Task WriteAsync(int stepsMin, CancellationToken cancellationToken)
    {
        if (_fold.StepsStored - _foldedAtWrite < stepsMin) return;
        _document.State = new DeviceDocument { Twin = _fold.Snapshot() };
        await _document.SaveAsync(cancellationToken);
        _foldedAtWrite = _fold.StepsStored;
    }
}

public sealed class DeviceDocument
{
    public DeviceTwin? Twin { get; set; }
}
