using System.Runtime.InteropServices;
using System.Text;

namespace StepCloud.Bench.Processes;

/// <summary>libsodium's check of a password, and nothing of ours around it.</summary>
internal static class BareArgon2
{
    private const string Library = "libsodium.so.23";

    /// <summary>crypto_pwhash_STRBYTES: bytes of the longest hash string with its closing NUL.</summary>
    private const int HashStringBytes = 128;

    /// <param name="hash">In the PHC string format.</param>
    public static bool Verify(string password, string hash)
    {
        byte[] hashString = new byte[HashStringBytes];
        Encoding.ASCII.GetBytes(hash, hashString);
        byte[] bytes = Encoding.UTF8.GetBytes(password);
        return crypto_pwhash_str_verify(in hashString[0], in bytes[0], (ulong)bytes.Length) == 0;
    }

    [DllImport(Library, ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int crypto_pwhash_str_verify(in byte str, in byte passwd, ulong passwdlen);
}
