using StepCloud.GatewaySim.Files;

namespace StepCloud.GatewaySim.Outbox;

/// <summary>The segments of one outbox: appends to the newest, deletes each once all of it is delivered.</summary>
/// <remarks>One thread appends; what is delivered may come from another. The lock is never held over a flush.</remarks>
internal sealed class OutboxSegments : IDisposable
{
    private readonly string _folder;
    private readonly OutboxOptions _options;
    private readonly Lock _gate = new();
    private readonly HashSet<OutboxSegment> _segments = [];
    private OutboxSegment? _active;
    private long _nextNumber = 1;
    private long _bytes;

    public OutboxSegments(string folder, OutboxOptions options)
    {
        _folder = folder;
        _options = options;
        DataFolder.CreatePrivateDirectory(folder);
    }

    /// <summary>Of all segments, the delivered records in them included.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
                return _bytes;
        }
    }

    /// <summary>What earlier processes left undelivered, in order. To be called once, before anything else.</summary>
    /// <param name="tornBytes">Of a record that was never finished, and so never sent.</param>
    public List<OutboxEntry> Recover(out long tornBytes)
    {
        tornBytes = 0;
        List<OutboxEntry> all = [];
        OutboxSegment.DeleteOrphansIn(_folder);
        foreach (long number in OutboxSegment.NumbersIn(_folder))
        {
            OutboxSegment segment = OutboxSegment.Open(_folder, number, out List<OutboxEntry> pending, out long torn);
            tornBytes += torn;
            _segments.Add(segment);
            _bytes += segment.Bytes;
            _nextNumber = number + 1;
            if (pending.Count == 0)
                Delete(segment);
            all.AddRange(pending);
        }
        return all;
    }

    /// <summary>True when as many bytes more may lie on the disk.</summary>
    public bool HasRoom(long bytes)
    {
        lock (_gate)
        {
            // The active segment may be all that is left: delivered, and still on the disk.
            if (_bytes + bytes > _options.BytesMax && _active is { Pending: 0 } active)
                Seal(active);
            return _bytes + bytes <= _options.BytesMax;
        }
    }

    /// <summary>Appends the steps with one flush; they are on the disk when it returns.</summary>
    public List<OutboxEntry> AppendDurable(IReadOnlyList<OutboxStep> steps)
    {
        byte[] records = new byte[steps.Sum(step => OutboxRecord.BytesOf(step))];
        OutboxSegment segment = Active();
        List<OutboxEntry> entries = new(steps.Count);
        int position = 0;
        foreach (OutboxStep step in steps)
        {
            int recordBytes = OutboxRecord.BytesOf(step);
            OutboxRecord.Write(records.AsSpan(position, recordBytes), step);
            entries.Add(new OutboxEntry(step.Id, segment, segment.Bytes + position, recordBytes));
            position += recordBytes;
        }
        segment.AppendDurable(records);
        lock (_gate)
        {
            segment.Pending += entries.Count;
            _bytes += records.Length;
        }
        return entries;
    }

    public void MarkDelivered(IEnumerable<OutboxEntry> entries)
    {
        lock (_gate)
        {
            foreach (IGrouping<OutboxSegment, OutboxEntry> delivered in entries.GroupBy(entry => entry.Segment))
            {
                OutboxSegment segment = delivered.Key;
                segment.MarkDelivered([.. delivered.Select(entry => entry.Id)]);
                segment.Pending -= delivered.Count();
                if (segment.Pending == 0 && segment != _active)
                    Delete(segment);
            }
        }
    }

    public void Dispose()
    {
        foreach (OutboxSegment segment in _segments)
            segment.Dispose();
    }

    private OutboxSegment Active()
    {
        lock (_gate)
        {
            if (_active is { } full && full.Bytes >= _options.SegmentBytes)
                Seal(full);
            if (_active is null)
            {
                _active = OutboxSegment.Create(_folder, _nextNumber++);
                _segments.Add(_active);
            }
            return _active;
        }
    }

    private void Seal(OutboxSegment segment)
    {
        _active = null;
        if (segment.Pending == 0)
            Delete(segment);
    }

    private void Delete(OutboxSegment segment)
    {
        _segments.Remove(segment);
        _bytes -= segment.Bytes;
        segment.Delete();
    }
}
