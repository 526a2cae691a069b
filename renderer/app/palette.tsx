export const Palette = ({ onClose }: { readonly onClose: () => void }) => <button type="button" onClick={onClose} />
