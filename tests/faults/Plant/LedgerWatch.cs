using System.Diagnostics;

namespace StepCloud.Tests.Faults.Plant;

/// <summary>Reads the gateways' ledgers while they are written: how many steps were acknowledged, and how long a gateway heard of none.</summary>
/// <remarks>It asks neither the server nor the database, and no clock but the monotonic one: none of the faults reaches it.</remarks>
internal sealed class LedgerWatch(string folder)
{
    private readonly Dictionary<string, Gateway> _gateways = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Lock _gate = new();

    /// <summary>Lines of acknowledgements, resends included.</summary>
    public long Acknowledged
    {
        get
        {
            lock (_gate) return Read().Sum(gateway => gateway.Acknowledged);
        }
    }

    /// <summary>Begins to measure silence: from now on.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            foreach (Gateway gateway in Read())
            {
                gateway.Last = _clock.Elapsed;
                gateway.Silence = TimeSpan.Zero;
            }
        }
    }

    /// <summary>The longest time since <see cref="Begin"/> for which a gateway got no acknowledgement.</summary>
    public TimeSpan LongestSilence
    {
        get
        {
            lock (_gate)
            {
                TimeSpan now = _clock.Elapsed;
                return Read().Select(gateway => now - gateway.Last > gateway.Silence ? now - gateway.Last : gateway.Silence).DefaultIfEmpty().Max();
            }
        }
    }

    /// <summary>Returns when each gateway has had an acknowledgement after now.</summary>
    /// <exception cref="TimeoutException">Some have not; the message says which.</exception>
    public async Task AllAreHeardAsync(int gateways, TimeSpan patience, string when)
    {
        TimeSpan from = _clock.Elapsed;
        while (true)
        {
            string[] silent;
            lock (_gate)
            {
                Read();
                silent = [.. _gateways.Where(gateway => gateway.Value.Last <= from).Select(gateway => Path.GetFileName(Path.GetDirectoryName(gateway.Key)!))];
                if (_gateways.Count == gateways && silent.Length == 0) return;
            }

            if (_clock.Elapsed - from > patience)
                throw new TimeoutException($"{when}: for {patience.TotalSeconds} s nothing of {silent.Length} of {_gateways.Count} gateways was acknowledged ({string.Join(", ", silent.Take(5))})");
            await Task.Delay(50);
        }
    }

    /// <summary>Looks several times a second until it is cancelled, so that no silence ends unseen.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            lock (_gate) Read();
            await Task.Delay(100, CancellationToken.None);
        }
    }

    private Dictionary<string, Gateway>.ValueCollection Read()
    {
        if (Directory.Exists(folder))
        {
            foreach (string file in Directory.EnumerateFiles(folder, "ledger.log", SearchOption.AllDirectories))
            {
                if (!_gateways.TryGetValue(file, out Gateway? gateway)) _gateways.Add(file, gateway = new Gateway { Last = _clock.Elapsed });
                gateway.ReadOn(file, _clock.Elapsed);
            }
        }

        return _gateways.Values;
    }

    private sealed class Gateway
    {
        private long _offset;
        private bool _isAtStartOfLine = true;

        public long Acknowledged { get; private set; }

        /// <summary>When the last acknowledgement was seen.</summary>
        public TimeSpan Last { get; set; }

        /// <summary>The longest time between two of them.</summary>
        public TimeSpan Silence { get; set; }

        public void ReadOn(string file, TimeSpan now)
        {
            using FileStream ledger = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            // A process that was killed may have left half a line, which its successor cuts off.
            _offset = Math.Min(_offset, ledger.Length);
            ledger.Seek(_offset, SeekOrigin.Begin);
            long before = Acknowledged;
            Span<byte> buffer = stackalloc byte[8192];
            for (int count; (count = ledger.Read(buffer)) > 0; _offset += count)
            {
                foreach (byte letter in buffer[..count])
                {
                    if (_isAtStartOfLine && letter == 'A') Acknowledged++;
                    _isAtStartOfLine = letter == '\n';
                }
            }

            if (Acknowledged == before) return;
            if (now - Last > Silence) Silence = now - Last;
            Last = now;
        }
    }
}
