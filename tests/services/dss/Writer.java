import eu.europa.esig.dss.signature.AbstractSignatureParameters;
import eu.europa.esig.dss.asic.cades.ASiCWithCAdESSignatureParameters;
import eu.europa.esig.dss.asic.cades.signature.ASiCWithCAdESService;
import eu.europa.esig.dss.asic.xades.ASiCWithXAdESSignatureParameters;
import eu.europa.esig.dss.asic.xades.signature.ASiCWithXAdESService;
import eu.europa.esig.dss.cades.CAdESSignatureParameters;
import eu.europa.esig.dss.cades.signature.CAdESService;
import eu.europa.esig.dss.enumerations.ASiCContainerType;
import eu.europa.esig.dss.enumerations.DigestAlgorithm;
import eu.europa.esig.dss.enumerations.SignatureLevel;
import eu.europa.esig.dss.enumerations.SignaturePackaging;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.pades.PAdESSignatureParameters;
import eu.europa.esig.dss.pades.signature.PAdESService;
import eu.europa.esig.dss.signature.DocumentSignatureService;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.crl.ExternalResourcesCRLSource;
import eu.europa.esig.dss.spi.x509.tsp.KeyEntityTSPSource;
import eu.europa.esig.dss.token.DSSPrivateKeyEntry;
import eu.europa.esig.dss.token.Pkcs12SignatureToken;
import eu.europa.esig.dss.xades.XAdESSignatureParameters;
import eu.europa.esig.dss.xades.signature.XAdESService;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Date;

/** Signs as others do. Arguments: root (DER), folder of CRLs, PKCS#12 of the time stamps, its password, folder with letter.pdf, letter.xml, letter.txt, then name=PKCS#12 of signers. */
public class Writer {
    private static CommonCertificateVerifier verifier;
    private static KeyEntityTSPSource stamps;
    private static String password;
    private static Path folder;

    public static void main(String[] given) throws Exception {
        CommonTrustedCertificateSource trusted = new CommonTrustedCertificateSource();
        trusted.addCertificate(DSSUtils.loadCertificate(new File(given[0])));
        File[] lists = new File(given[1]).listFiles();
        DSSDocument[] crls = new DSSDocument[lists.length];
        for (int i = 0; i < lists.length; i++) {
            crls[i] = new FileDocument(lists[i]);
        }
        verifier = new CommonCertificateVerifier();
        verifier.setTrustedCertSources(trusted);
        verifier.setCrlSource(new ExternalResourcesCRLSource(crls));
        password = given[3];
        folder = Path.of(given[4]);
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(Files.newInputStream(Path.of(given[2])), password.toCharArray());
        stamps = new KeyEntityTSPSource(store, store.aliases().nextElement(), password.toCharArray());
        stamps.setTsaPolicy("1.2.3.4");
        for (int i = 5; i < given.length; i++) {
            String[] parts = given[i].split("=", 2);
            all(parts[0], new Pkcs12SignatureToken(parts[1], new KeyStore.PasswordProtection(password.toCharArray())));
        }
    }

    private static void all(String who, Pkcs12SignatureToken token) throws Exception {
        for (String level : new String[] {"B", "T", "LT", "LTA"}) {
            PAdESSignatureParameters pdf = new PAdESSignatureParameters();
            pdf.setSignatureLevel(SignatureLevel.valueOf("PAdES_BASELINE_" + level));
            pdf.setContentSize(2 * 16384);
            PAdESService pades = new PAdESService(verifier);
            pades.setTspSource(stamps);
            sign(pades, pdf, "letter.pdf", "pades-" + level + "-" + who + ".pdf", token);
            for (SignaturePackaging how : new SignaturePackaging[] {SignaturePackaging.DETACHED, SignaturePackaging.ENVELOPING}) {
                CAdESSignatureParameters cms = new CAdESSignatureParameters();
                cms.setSignatureLevel(SignatureLevel.valueOf("CAdES_BASELINE_" + level));
                cms.setSignaturePackaging(how);
                CAdESService cades = new CAdESService(verifier);
                cades.setTspSource(stamps);
                sign(cades, cms, "letter.txt", "cades-" + how.name().toLowerCase() + "-" + level + "-" + who + ".p7s", token);
            }
            for (SignaturePackaging how : new SignaturePackaging[] {SignaturePackaging.ENVELOPED, SignaturePackaging.ENVELOPING}) {
                XAdESSignatureParameters xml = new XAdESSignatureParameters();
                xml.setSignatureLevel(SignatureLevel.valueOf("XAdES_BASELINE_" + level));
                xml.setSignaturePackaging(how);
                XAdESService xades = new XAdESService(verifier);
                xades.setTspSource(stamps);
                sign(xades, xml, "letter.xml", "xades-" + how.name().toLowerCase() + "-" + level + "-" + who + ".xml", token);
            }
            for (ASiCContainerType kind : ASiCContainerType.values()) {
                ASiCWithCAdESSignatureParameters cades = new ASiCWithCAdESSignatureParameters();
                cades.setSignatureLevel(SignatureLevel.valueOf("CAdES_BASELINE_" + level));
                cades.aSiC().setContainerType(kind);
                ASiCWithCAdESService first = new ASiCWithCAdESService(verifier);
                first.setTspSource(stamps);
                sign(first, cades, "letter.txt", "asic-cades-" + kind + "-" + level + "-" + who + ".zip", token);
                ASiCWithXAdESSignatureParameters xades = new ASiCWithXAdESSignatureParameters();
                xades.setSignatureLevel(SignatureLevel.valueOf("XAdES_BASELINE_" + level));
                xades.aSiC().setContainerType(kind);
                ASiCWithXAdESService second = new ASiCWithXAdESService(verifier);
                second.setTspSource(stamps);
                sign(second, xades, "letter.txt", "asic-xades-" + kind + "-" + level + "-" + who + ".zip", token);
            }
        }
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static void sign(DocumentSignatureService service, AbstractSignatureParameters how, String source, String target, Pkcs12SignatureToken token) throws Exception {
        try {
            DSSPrivateKeyEntry key = token.getKeys().get(0);
            how.setSigningCertificate(key.getCertificate());
            how.setCertificateChain(key.getCertificateChain());
            how.setDigestAlgorithm(DigestAlgorithm.SHA256);
            how.bLevel().setSigningDate(new Date());
            DSSDocument document = new FileDocument(folder.resolve(source).toString());
            var value = token.sign(service.getDataToSign(document, how), DigestAlgorithm.SHA256, key);
            service.signDocument(document, how, value).save(folder.resolve(target).toString());
            System.out.println(target);
        } catch (Exception error) {
            System.err.println(target + "\t" + error);
        }
    }
}
