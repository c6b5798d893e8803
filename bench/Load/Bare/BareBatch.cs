namespace StepCloud.Bench.Load.Bare;

/// <summary>The steps of one commit, made anew for each: ids and receive times; what else stands in the rows stays.</summary>
internal sealed class BareBatch
{
    private readonly TimeProvider _time;

    /// <param name="devices">Whose steps take turns, as they do in what a server gets from many gateways.</param>
    public BareBatch(StoredStep step, IReadOnlyList<BareDevice> devices, int count, TimeProvider time)
    {
        _time = time;
        Step = step;
        Devices = devices;
        Ids = new Guid[count];
        Received = new DateTimeOffset[count];
        Owners = [.. Enumerable.Range(0, count).Select(i => devices[i % devices.Count])];
        HeadIds = new Guid[Math.Min(count, devices.Count)];
    }

    public StoredStep Step { get; }

    public IReadOnlyList<BareDevice> Devices { get; }

    public Guid[] Ids { get; }

    public DateTimeOffset[] Received { get; }

    public BareDevice[] Owners { get; }

    /// <summary>The newest step of each device that has one in it.</summary>
    public Guid[] HeadIds { get; }

    public DateTimeOffset Now { get; private set; }

    public void Renew()
    {
        Now = _time.GetUtcNow();
        for (int i = 0; i < Ids.Length; i++)
        {
            // As a gateway's (RFC 9562 §5.7): the time, and bits that no other id has.
            Ids[i] = Guid.CreateVersion7(Now);
            Received[i] = Now;
        }

        for (int device = 0; device < HeadIds.Length; device++)
        {
            int last = device + ((Ids.Length - 1 - device) / Devices.Count * Devices.Count);
            HeadIds[device] = Ids[last];
        }
    }
}

internal sealed record BareDevice(Guid Organization, Guid Site, Guid Gateway, Guid Id);
